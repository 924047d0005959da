//! Whether somebody is there.

use super::{Timestamp, UserId};

/// How the wire names it, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Presence {
    Online,
    Away,
    Dnd,
    Offline,
}

/// Somebody's status as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub user_id: UserId,
    pub presence: Presence,
    /// Whether it was chosen by hand.
    pub manual: bool,
    /// When they last did something, as far as this process knows; never for those it has not seen.
    pub last_activity_at: Timestamp,
    pub dnd_end_at: Timestamp,
}

/// A status chosen by hand. `Online` is never one: it means that nothing is chosen.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChosenStatus {
    pub user_id: UserId,
    #[sqlx(rename = "status")]
    pub presence: Presence,
    /// When "do not disturb" ends by itself; never, if it does not.
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

impl ChosenStatus {
    /// Whether the choice still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.presence != Presence::Dnd || self.dnd_end_at.is_never() || now < self.dnd_end_at
    }
}
