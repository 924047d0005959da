//! A user's preference: a value by category and name, all texts.

use super::UserId;

/// A preference, in the same shape as on the wire.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Preference {
    pub user_id: UserId,
    pub category: String,
    pub name: String,
    pub value: String,
}
