//! Bots: accounts that programs act as.

use super::{User, UserId};

/// A bot's account and who answers for it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Bot {
    #[sqlx(flatten)]
    pub user: User,
    /// None for a plugin's bot, which its plugin answers for.
    pub owner_id: Option<UserId>,
    pub description: String,
}
