//! Users and channels as the host knows them.

use core::fmt;

use serde::Serialize;

/// A user or a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The stable id.
    pub id: String,
    /// The name that follows an `@`.
    pub username: String,
    /// The name to show; may be the username.
    pub display_name: String,
    /// A language tag such as `en` or `de`.
    pub locale: String,
    /// Whether this is a bot.
    pub is_bot: bool,
    /// Whether this account administers the server.
    pub is_admin: bool,
}

/// A channel, or a thread in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The team; none for direct messages.
    pub team_id: Option<String>,
    /// The channel.
    pub channel_id: String,
    /// The first post of the thread, if inside one.
    pub root_id: Option<String>,
}

/// A channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// The stable id.
    pub id: String,
    /// The team; none for direct messages.
    pub team_id: Option<String>,
    /// The name in links and after a `~`.
    pub name: String,
    /// The name to show.
    pub display_name: String,
    /// `public`, `private`, `direct` or `group`.
    pub kind: String,
    /// How many members it has.
    pub member_count: u32,
}

/// A command argument that names a user: `anna`, `@anna` or an id, looked up by the SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(pub Actor);

/// A command argument that names a channel: `town-square`, `~town-square` or an id, looked up by the SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRef(pub Channel);

/// Why a look-up failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryError {
    /// The plugin lacks a permission; the text says which.
    Denied(String),
    /// No user or channel has this id or name.
    NotFound,
    /// The host cannot serve this now.
    Unavailable(String),
    /// Any error that a later host may add.
    Other(String),
}

impl core::ops::Deref for User {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl core::ops::Deref for ChannelRef {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.0
    }
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(text) => write!(f, "the directory refused: {text}"),
            Self::NotFound => f.write_str("there is no such user or channel"),
            Self::Unavailable(text) => write!(f, "the directory is unavailable: {text}"),
            Self::Other(text) => write!(f, "the directory failed: {text}"),
        }
    }
}

impl core::error::Error for DirectoryError {}
