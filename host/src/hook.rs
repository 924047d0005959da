//! Accepting one incoming webhook: find the hook, verify, decode, and turn it into messages.
//!
//! A plain hook reads Slack-style payloads ([`payload`]); a bridge hands the request to a plugin after its
//! signature was checked. Either way the messages, and for a bridge the receipt, are one unit of work.

mod bridge;
mod payload;
mod plain;
mod setup;
mod signature;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::{Chat, ChatError};
use crate::clock::Clock;
use crate::effect::Denied;
use crate::model::{ChannelKind, HookId, HookTarget, IncomingHook, Message, Place};
use crate::plugin::Plugins;
use crate::runtime::Fault;
use crate::secret::{SealError, Sealer, same};
use crate::store::{Store, StoreError};

pub use payload::PayloadError;
pub use setup::NewBridge;
pub use signature::SignatureError;

/// Handles for incoming webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hooks {
    pub store: Store,
    pub chat: Chat,
    pub plugins: Plugins,
    pub clock: Clock,
    pub sealer: Sealer,
    pub rules: Rules,
}

/// What the operator allows.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub enabled: bool,
    pub username_override: bool,
    pub icon_override: bool,
    pub bridge_timeout: Duration,
}

/// A request as it arrived.
#[derive(Debug)]
pub struct Request {
    pub method: String,
    pub query: String,
    /// Names in lower case; of a repeated header the first.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// The answer to the sender.
#[derive(Debug, PartialEq, Eq)]
pub struct Accepted {
    pub status: u16,
    pub body: String,
}

/// Why nothing was accepted. Nothing was posted then.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    #[error("incoming webhooks are switched off on this server (`hooks.incoming`)")]
    Disabled,
    #[error("this webhook does not exist: check the last part of the address, or make the hook anew")]
    UnknownHook,
    #[error("the account this webhook posts as no longer exists")]
    NoOwner,
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("there is no user {0} to send this to")]
    UnknownUser(String),
    #[error("there is no channel `{0}` in the webhook's team")]
    UnknownChannel(String),
    #[error("this webhook is locked to its own channel")]
    ChannelLocked,
    #[error("the webhook's owner may not post in this channel")]
    Forbidden,
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("the plugin {0} is not enabled: enable it, or remove this webhook")]
    PluginNotEnabled(String),
    /// As it stands only for the log: the fault may be its author's business.
    #[error("the plugin {plugin} did not accept this request: {failed} (call {call})")]
    Plugin {
        plugin: String,
        call: String,
        #[source]
        failed: Box<Fault>,
    },
    #[error("the plugin {plugin} asked for something it may not do: {denied} (call {call})")]
    Denied {
        plugin: String,
        call: String,
        #[source]
        denied: Denied,
    },
    #[error("the plugin {plugin} lost every race for the values it keeps: send this again")]
    Contended { plugin: String },
    #[error(transparent)]
    Sealed(#[from] SealError),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl Accepted {
    fn ok() -> Self {
        Self { status: 200, body: "ok".to_owned() }
    }
}

impl Hooks {
    /// Accepts one request to `/hooks/{id}`. When this answers, everything it caused is on disk.
    pub async fn accept(&self, id: &str, request: Request) -> Result<Accepted, HookError> {
        if !self.rules.enabled {
            return Err(HookError::Disabled);
        }
        let target = self.target(id).await?;
        if !target.owner_exists {
            return Err(HookError::NoOwner);
        }
        match &target.hook.bridge {
            // Boxed, so that a plain hook's future is not as large as this one; it is moved at every layer.
            Some((plugin, bridge)) => Box::pin(bridge::accept(self, &target, plugin, bridge, request)).await,
            None => plain::accept(self, &target, &request).await,
        }
    }

    async fn target(&self, id: &str) -> Result<Arc<HookTarget>, HookError> {
        let id: HookId = id.parse().map_err(|_| HookError::UnknownHook)?;
        let target = self.store.hook_target(&id).await?.ok_or(HookError::UnknownHook)?;
        if same(target.hook.id.as_str(), id.as_str()) { Ok(target) } else { Err(HookError::UnknownHook) }
    }

    /// Gives a message the name and picture it is shown under, as far as the operator allows.
    fn dress(&self, hook: &IncomingHook, message: &mut Message) {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        message.username = self.rules.username_override.then(|| {
            given(message.username.take())
                .or(given(Some(hook.username.clone())))
                .unwrap_or_else(|| "webhook".to_owned())
        });
        message.icon_url = given(message.icon_url.take())
            .or(given(Some(hook.icon_url.clone())))
            .filter(|_| self.rules.icon_override);
    }
}

/// Where a hook's messages go unless the payload says otherwise: its own channel, archived or not.
fn own_place(hook: &IncomingHook) -> Place {
    Place { team_id: Some(hook.team_id.clone()), channel_id: hook.channel_id.clone(), root_id: None }
}

/// Public channels take every owner's messages, others only their members'.
fn check_owner(kind: ChannelKind, is_member: bool) -> Result<(), HookError> {
    if kind == ChannelKind::Public || is_member { Ok(()) } else { Err(HookError::Forbidden) }
}
