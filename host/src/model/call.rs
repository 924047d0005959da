//! One call of a plugin: what it is told, and what it answers.

use super::{ChannelId, Message, PluginId, PostId, TeamId, Timestamp, UserId, role};

/// What every handler is told about the call it serves.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// 128 random bits as an id: names the call in logs and errors.
    pub id: String,
    pub plugin: PluginId,
    /// The account the plugin's own posts are by.
    pub bot: UserId,
    pub actor: Option<Actor>,
    pub place: Option<Place>,
    /// Fixed for the whole call.
    pub now: Timestamp,
    pub site_url: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub locale: String,
    pub is_bot: bool,
    pub is_admin: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub team_id: Option<TeamId>,
    pub channel_id: ChannelId,
    pub root_id: Option<PostId>,
}

/// A slash command as a plugin receives it.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandInvocation {
    /// The trigger, without the slash.
    pub name: String,
    /// Words after the trigger under their declared names, for guests without a parser of their own.
    pub args: Vec<(String, String)>,
    /// Everything after the trigger, as typed.
    pub raw: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    Ephemeral,
    InChannel,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CommandReply {
    pub visibility: Visibility,
    pub message: Message,
    pub goto_url: Option<String>,
}

/// A request to a bridge as a plugin receives it.
#[derive(Debug, Clone, PartialEq)]
pub struct BridgeRequest {
    pub bridge: String,
    pub method: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The verifier that accepted the request; none when the address alone was the proof.
    pub verified_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct BridgeOutcome {
    pub messages: Vec<Message>,
    pub ignored: Option<String>,
    /// The answer to the sender, when not the usual `200 ok`.
    pub status: Option<u16>,
    pub body: Option<String>,
}

impl Call {
    /// The key under which the store remembers a post that the plugin makes only once.
    pub fn once_key(&self, idempotency_key: &str) -> String {
        format!("plugin:{}:{idempotency_key}", self.plugin)
    }
}

impl From<&super::User> for Actor {
    fn from(user: &super::User) -> Self {
        Self {
            id: user.id.clone(),
            username: user.username.clone(),
            display_name: user.display_name(),
            locale: user.locale.clone(),
            is_bot: user.is_bot,
            is_admin: user.has_role(role::SYSTEM_ADMIN),
        }
    }
}
