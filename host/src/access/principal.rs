//! The sender of a request.

use std::sync::Arc;

use crate::model::{Session, TokenId, User};

/// The sender of a request, and how they proved who they are.
#[derive(Debug, Clone)]
pub struct Principal {
    pub user: Arc<User>,
    pub credential: Credential,
}

/// The credential that a request carried.
#[derive(Debug, Clone)]
pub enum Credential {
    Session(Session),
    AccessToken(TokenId),
}
