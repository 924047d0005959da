//! One call of a plugin: its context, its input and its output, by trigger.

use super::{ChannelId, Message, PluginId, PostId, TeamId, Timestamp, UserId, role};

/// The context that every handler gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// 128 random bits, written as an id. It identifies the call in logs and errors.
    pub id: String,
    pub plugin: PluginId,
    /// The plugin's account, which authors its posts.
    pub bot: UserId,
    pub actor: Option<Actor>,
    pub place: Option<Place>,
    /// The time of the call. It does not change during the call.
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
    /// The words after the trigger with their declared names, for plugins that do not parse the text themselves.
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
    /// The verifier that accepted the request; None if only the address proves the sender.
    pub verified_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct BridgeOutcome {
    pub messages: Vec<Message>,
    pub ignored: Option<String>,
    /// The status of the response, if it is not the usual `200 ok`.
    pub status: Option<u16>,
    pub body: Option<String>,
}

impl Call {
    /// Returns the key under which the store remembers a post, so that the plugin creates it only once.
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
