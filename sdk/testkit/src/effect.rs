//! What a plugin did to the world, as a test compares it.

use jackfield_sdk::{Level, Message, Place};
use serde::Serialize;

/// Something a plugin did through its host, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// It posted.
    Post {
        /// The id it was told.
        id: String,
        /// Where.
        to: Place,
        /// What.
        message: Message,
    },
    /// It showed a message to one person.
    Ephemeral {
        /// The id it was told.
        id: String,
        /// Where.
        to: Place,
        /// To whom.
        user_id: String,
        /// What.
        message: Message,
    },
    /// It stored a value.
    Put {
        /// The key.
        key: String,
        /// The bytes.
        value: Vec<u8>,
        /// Seconds until it vanishes; none when it stays.
        ttl_s: Option<u32>,
    },
    /// It deleted a value that was there.
    Delete {
        /// The key.
        key: String,
    },
    /// It wrote to its log. Log lines are no part of the transaction: they stay when the call fails.
    Log {
        /// How loud.
        level: Level,
        /// The line.
        message: String,
        /// The fields, in order.
        fields: Vec<(String, String)>,
    },
}
