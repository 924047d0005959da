//! What a plugin did, as a test compares it.

use jackfield_sdk::{Level, Message, Place};
use serde::Serialize;

/// Something a plugin did through its host, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// It posted.
    Post {
        /// The id it got.
        id: String,
        /// Where.
        to: Place,
        /// What.
        message: Message,
    },
    /// It showed a message to one user.
    Ephemeral {
        /// The id it got.
        id: String,
        /// Where.
        to: Place,
        /// To whom.
        user_id: String,
        /// What.
        message: Message,
    },
    /// It replaced the message of a post.
    Edit {
        /// The post.
        id: String,
        /// What it says now.
        message: Message,
    },
    /// It deleted a post.
    DeletePost {
        /// The post.
        id: String,
    },
    /// It reacted to a post.
    React {
        /// The post.
        id: String,
        /// The name of the emoji.
        emoji: String,
    },
    /// It took its reaction back.
    Unreact {
        /// The post.
        id: String,
        /// The name of the emoji.
        emoji: String,
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
