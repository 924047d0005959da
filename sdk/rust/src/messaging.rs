//! Posts, and why a call about one failed.

use core::fmt;

use serde::Serialize;

use crate::directory::{Actor, Place};
use crate::message::Message;

/// The id of a post, valid at once although the post is committed with the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PostId(pub String);

/// An existing post.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Post {
    /// The stable id.
    pub id: String,
    /// Where it is.
    pub place: Place,
    /// Its author.
    pub author: Actor,
    /// Its message; buttons and menus are left out.
    pub message: Message,
    /// When it was created, in Unix milliseconds.
    pub created_ms: u64,
    /// When it was last edited, in Unix milliseconds.
    pub edited_ms: Option<u64>,
    /// Whether it came through a webhook.
    pub from_hook: bool,
}

/// Why a call about a post failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessagingError {
    /// The plugin lacks a permission; the text says which.
    Denied(String),
    /// There is no such post or channel.
    NotFound,
    /// Too many posts; retry after this many milliseconds.
    RateLimited(u32),
    /// The message breaks a rule, such as its length.
    Invalid(String),
    /// The host cannot serve this now.
    Unavailable(String),
    /// Any error that a later host may add.
    Other(String),
}

impl fmt::Display for MessagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(text) => write!(f, "not allowed: {text}"),
            Self::NotFound => f.write_str("there is no such post or channel"),
            Self::RateLimited(ms) => write!(f, "too many posts: try again after {ms} ms"),
            Self::Invalid(text) => write!(f, "the message is not valid: {text}"),
            Self::Unavailable(text) => write!(f, "posts are unavailable: {text}"),
            Self::Other(text) => write!(f, "the call about a post failed: {text}"),
        }
    }
}

impl core::error::Error for MessagingError {}
