//! What a plugin did, in a form that tests compare.

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
        /// The place.
        to: Place,
        /// The message.
        message: Message,
    },
    /// It showed a message to one user.
    Ephemeral {
        /// The id it got.
        id: String,
        /// The place.
        to: Place,
        /// The user who sees it.
        user_id: String,
        /// The message.
        message: Message,
    },
    /// It replaced the message of a post.
    Edit {
        /// The post.
        id: String,
        /// Its new message.
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
    /// It removed its reaction.
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
        /// Seconds until it expires; None if it does not.
        ttl_s: Option<u32>,
    },
    /// It deleted a value that was there.
    Delete {
        /// The key.
        key: String,
    },
    /// It wrote to its log. Log lines are not part of the transaction, so they stay if the call fails.
    Log {
        /// The level.
        level: Level,
        /// The line.
        message: String,
        /// The fields, in order.
        fields: Vec<(String, String)>,
    },
}
