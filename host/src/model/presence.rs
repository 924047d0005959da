//! Whether users are online.

use super::{Timestamp, UserId};

/// Whether a user is online. The wire writes it in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Presence {
    Online,
    Away,
    Dnd,
    Offline,
}

/// A user's status as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub user_id: UserId,
    pub presence: Presence,
    /// Whether the user chose it.
    pub manual: bool,
    /// When the user was last active since this process started; `NEVER` if they were not.
    pub last_activity_at: Timestamp,
    pub dnd_end_at: Timestamp,
}

/// A status that a user chose. It is never `Online`: choosing that withdraws the choice.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChosenStatus {
    pub user_id: UserId,
    #[sqlx(rename = "status")]
    pub presence: Presence,
    /// When "do not disturb" ends; `NEVER` if it lasts until the user ends it.
    pub dnd_end_at: Timestamp,
    pub set_at: Timestamp,
}

impl Presence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Dnd => "dnd",
            Self::Offline => "offline",
        }
    }
}

impl Status {
    /// Returns the status of a user of whom nothing is known.
    pub fn offline(user_id: UserId) -> Self {
        Self {
            user_id,
            presence: Presence::Offline,
            manual: false,
            last_activity_at: Timestamp::NEVER,
            dnd_end_at: Timestamp::NEVER,
        }
    }
}

impl ChosenStatus {
    /// Whether the choice is still in force.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.presence != Presence::Dnd || self.dnd_end_at.is_never() || now < self.dnd_end_at
    }
}
