//! Bots: accounts that programs act as.

use serde_json::{Value, json};

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

impl Bot {
    pub fn wire(&self) -> Value {
        let user = &self.user;
        json!({
            "user_id": user.id, "username": user.username, "display_name": user.nickname,
            "description": self.description, "owner_id": self.owner_id.as_ref().map_or("", |id| id.as_str()),
            "create_at": user.create_at, "update_at": user.update_at, "delete_at": user.delete_at,
        })
    }
}
