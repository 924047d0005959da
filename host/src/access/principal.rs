//! Who sent a request.

use std::sync::Arc;

use crate::model::{Session, User};

/// Who sent a request, and how they proved it.
#[derive(Debug, Clone)]
pub struct Principal {
    pub user: Arc<User>,
    pub credential: Credential,
}

/// What a request carried to prove its sender.
#[derive(Debug, Clone)]
pub enum Credential {
    Session(Session),
    AccessToken,
}
