//! Webhooks: managing them, and turning the requests they receive into messages.
//!
//! An incoming webhook reads Slack-style payloads ([`payload`]); a bridge hands the request to a plugin once its
//! signature is verified. The messages of a request, and the receipt of a bridge, are one unit of work.

mod bridge;
mod identity;
mod incoming;
mod manage;
mod outgoing;
mod payload;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::access::AccessError;
use crate::chat::{Chat, ChatError};
use crate::clock::Clock;
use crate::model::{HookId, HookTarget, Kind};
use crate::plugin::{CallError, Plugins};
use crate::secret::{SealError, Sealer, same};
use crate::store::{Store, StoreError};
use crate::verifier::SignatureError;

pub use bridge::NewBridge;
pub use manage::{HookSettings, NewHook};
pub use outgoing::{OpenedHook, OutgoingError, OutgoingHooks, OutgoingPolicy, OutgoingSettings};
pub use payload::PayloadError;

/// Handle for webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hooks {
    pub store: Store,
    pub chat: Chat,
    pub plugins: Plugins,
    pub clock: Clock,
    pub sealer: Sealer,
    pub policy: HookPolicy,
}

/// What the operator allows hooks to do.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Debug, Clone, Copy)]
pub struct HookPolicy {
    pub enabled: bool,
    pub username_override: bool,
    pub icon_override: bool,
    pub hooks_per_account: u32,
    pub bridge_timeout: Duration,
    /// The largest body of a request to a bridge, in bytes.
    pub bridge_max_body: usize,
    /// Whether members of a team may create hooks, or only its administrators.
    pub member_hooks: bool,
}

/// A request to a hook's address, as it arrived.
#[derive(Debug)]
pub struct HookRequest {
    pub method: String,
    pub query: String,
    /// Names are in lower case. The first value of a repeated header counts.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// The response to the sender.
#[derive(Debug, PartialEq, Eq)]
pub struct HookResponse {
    pub status: u16,
    pub body: String,
}

/// Why a request was not accepted, in which case nothing was posted; or why a hook was not created, shown or deleted.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    #[error("incoming webhooks are switched off on this server; its operator must set `hooks.incoming`")]
    Disabled,
    #[error("this webhook does not exist; check the last part of the address, or create the webhook again")]
    UnknownHook,
    #[error("the account that this webhook posts as no longer exists; create the webhook again")]
    NoOwner,
    #[error(
        "this webhook's owner was deactivated, left the team or became a guest; ask an administrator for a new webhook"
    )]
    OwnerStopped,
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("`channel`: there is no user {0}; check the name")]
    UnknownUser(String),
    #[error("`channel`: there is no channel `{0}` in the webhook's team; check the name")]
    UnknownChannel(String),
    #[error("this webhook is locked to its own channel; leave `channel` out")]
    ChannelLocked,
    #[error("the webhook's owner may not post in this channel; let the owner join it")]
    Forbidden,
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("the plugin {0} is not enabled; enable it, or remove this webhook")]
    PluginNotEnabled(String),
    /// The details are for the log, because a fault may concern only the plugin's author.
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("there is no such {0}; check its id or name")]
    NotFound(Kind),
    #[error("`{field}` is not valid: {reason}")]
    Invalid { field: &'static str, reason: String },
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Sealed(#[from] SealError),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HookRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl HookResponse {
    fn ok() -> Self {
        Self { status: 200, body: "ok".to_owned() }
    }
}

impl Hooks {
    /// Accepts one request to `/hooks/{id}`. When this returns, everything the request caused is on disk.
    pub async fn accept(&self, id: &str, request: HookRequest) -> Result<HookResponse, HookError> {
        if !self.policy.enabled {
            return Err(HookError::Disabled);
        }
        let target = self.target(id).await?;
        match &target.hook.bridge {
            // This is boxed because the future of an incoming webhook is moved at every layer and must not be as large
            // as a bridge's.
            Some((plugin, bridge)) => Box::pin(bridge::accept(self, &target, plugin, bridge, request)).await,
            None => incoming::accept(self, &target, &request).await,
        }
    }

    /// Returns how large the body of a request to `/hooks/{id}` may be, in bytes; None means as large as any other.
    pub async fn body_limit(&self, id: &str) -> Result<Option<usize>, HookError> {
        if !self.policy.enabled {
            return Err(HookError::Disabled);
        }
        let target = self.target(id).await?;
        Ok(target.hook.bridge.is_some().then_some(self.policy.bridge_max_body))
    }

    /// Records that a body was larger than this limit. Senders do not report such a failure to anyone, and most do not
    /// send the request again, so the bridge's receipts and the log show it.
    pub async fn record_oversize(&self, id: &str, limit: usize) -> Result<(), HookError> {
        let target = self.target(id).await?;
        bridge::record_oversize(self, &target.hook, limit).await
    }

    async fn target(&self, id: &str) -> Result<Arc<HookTarget>, HookError> {
        let id: HookId = id.parse().map_err(|_| HookError::UnknownHook)?;
        let target = self.store.hooks().target(&id).await?.ok_or(HookError::UnknownHook)?;
        if same(target.hook.id.as_str(), id.as_str()) { Ok(target) } else { Err(HookError::UnknownHook) }
    }
}
