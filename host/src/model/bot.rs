//! Bots: accounts that programs act as.

use super::{User, UserId};

/// A bot's account and its owner.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Bot {
    #[sqlx(flatten)]
    pub user: User,
    /// None for a plugin's bot, which belongs to its plugin.
    pub owner_id: Option<UserId>,
    pub description: String,
}
