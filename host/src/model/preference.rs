//! What a user set for themselves: a value by category and name, all texts.

use super::UserId;

/// The wire's object is the same.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Preference {
    pub user_id: UserId,
    pub category: String,
    pub name: String,
    pub value: String,
}
