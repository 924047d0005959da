//! Outgoing webhooks: managing them and their addresses, and posting what receivers respond with.

mod deliveries;
mod endpoints;
mod manage;
mod reply;
mod settings;

use serde_json::json;

use crate::access::{AccessError, audit_row, rules};
use crate::chat::{Chat, ChatError};
use crate::clock::Clock;
use crate::model::{HookEndpoint, Kind, OutgoingHook, OutgoingHookId, TeamId, User};
use crate::secret::{SealError, Sealer, Secret, random_bytes};
use crate::store::{Store, StoreError};

pub use settings::OutgoingSettings;

/// Handle for outgoing webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OutgoingHooks {
    pub store: Store,
    pub chat: Chat,
    pub clock: Clock,
    pub sealer: Sealer,
    pub policy: OutgoingPolicy,
}

/// What the operator allows outgoing webhooks to do.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Debug, Clone, Copy)]
pub struct OutgoingPolicy {
    pub enabled: bool,
    /// Whether members of a team may create hooks, or only its administrators.
    pub member_hooks: bool,
    pub hooks_per_account: u32,
    pub username_override: bool,
    pub icon_override: bool,
}

/// A hook with its token, which only those who manage it see.
#[derive(Debug)]
pub struct OpenedHook {
    pub hook: OutgoingHook,
    /// Empty if it was sealed with a key that this server no longer has.
    pub token: Secret,
}

/// Why a hook, an address or a delivery was not created, shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("outgoing webhooks are switched off on this server; its operator must set `hooks.outgoing`")]
    Disabled,
    #[error("an outgoing webhook needs a channel or trigger words; send `channel_id` or `trigger_words`")]
    NoTriggers,
    #[error("`channel_id`: the channel is not public; choose another")]
    NotPublic { is_update: bool },
    #[error("`channel_id`: the channel is not in the webhook's team; choose another")]
    ChannelElsewhere,
    #[error(
        "another webhook of this channel sends one of these words to one of these addresses; choose others"
    )]
    Overlap { is_update: bool },
    #[error("this delivery is being tried or is held; wait, or enable its address")]
    NotReplayable,
    #[error("there is no such {0}; check its id")]
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

impl OutgoingHooks {
    /// Returns a hook that `user` may manage. A user who manages none is refused, whether it exists or not.
    async fn managed_hook(&self, user: &User, id: &OutgoingHookId) -> Result<OutgoingHook, OutgoingError> {
        self.check_enabled()?;
        if let Some(hook) = self.store.outgoing().get(id).await?
            && self.manages(user, &hook).await?
        {
            return Ok(hook);
        }
        Err(self.unseen_error(user, Kind::OutgoingHook).await?)
    }

    /// Returns the error for a thing that the user may not see, which for a manager of hooks is that of an unknown one.
    async fn unseen_error(&self, user: &User, kind: Kind) -> Result<OutgoingError, OutgoingError> {
        let teams = self.store.team_memberships_of(&user.id).await?;
        let has_hooks = |member| rules::has_hooks(user, Some(member), self.policy.member_hooks);
        let manages_any = rules::is_admin(user) || teams.iter().any(has_hooks);
        Ok(if manages_any { OutgoingError::NotFound(kind) } else { rules::no_hooks().into() })
    }

    async fn manages(&self, user: &User, hook: &OutgoingHook) -> Result<bool, OutgoingError> {
        let team = self.store.team_member(&hook.team_id, &user.id).await?;
        Ok(rules::manages_outgoing_hook(user, hook, team.as_ref(), self.policy.member_hooks))
    }

    /// Returns the error for a new hook without a team.
    pub fn no_team() -> OutgoingError {
        rules::no_hooks().into()
    }

    /// Checks that the user may create hooks in a team.
    async fn check_has_hooks(&self, user: &User, team: &TeamId) -> Result<(), OutgoingError> {
        let member = self.store.team_member(team, &user.id).await?;
        let allowed = rules::has_hooks(user, member.as_ref(), self.policy.member_hooks);
        if allowed { Ok(()) } else { Err(rules::no_hooks().into()) }
    }

    fn check_enabled(&self) -> Result<(), OutgoingError> {
        if self.policy.enabled { Ok(()) } else { Err(OutgoingError::Disabled) }
    }

    /// Returns the hook with its token opened.
    fn open_hook(&self, hook: OutgoingHook) -> OpenedHook {
        let token = self.sealer.open(&hook.sealed_token).unwrap_or_else(|error| {
            tracing::warn!(hook = %hook.id, error = &error as &dyn std::error::Error, "a token does not open");
            Secret::new("")
        });
        OpenedHook { hook, token }
    }

    /// Returns the store with an audit row of this change.
    fn recording(
        &self,
        caller: &User,
        action: &str,
        was: Option<&OutgoingHook>,
        became: Option<&OutgoingHook>,
    ) -> Store {
        let id = became.or(was).map_or("", |hook| hook.id.as_str());
        let thing = ("outgoing_hook", id);
        let (was, became) = (was.map(audit_value), became.map(audit_value));
        self.store.with_audit(audit_row(&self.clock, Some(caller), action, thing, was, became))
    }

    /// Returns the store with an audit row of a change to an address.
    fn recording_endpoint(&self, caller: &User, action: &str, endpoint: &HookEndpoint) -> Store {
        let became = json!({"hook_id": endpoint.hook_id, "url": endpoint.url});
        let thing = ("endpoint", endpoint.id.as_str());
        self.store.with_audit(audit_row(&self.clock, Some(caller), action, thing, None, Some(became)))
    }
}

/// Returns a new secret for signatures, as Standard Webhooks writes it.
fn new_signing_secret() -> Secret {
    Secret::new(format!("whsec_{}", data_encoding::BASE64.encode(&random_bytes::<32>())))
}

/// Returns what an audit row says about a hook.
fn audit_value(hook: &OutgoingHook) -> serde_json::Value {
    json!({
        "creator_id": hook.creator_id, "team_id": hook.team_id, "channel_id": hook.channel_id,
        "display_name": hook.display_name, "trigger_words": hook.trigger_words,
        "trigger_when": hook.trigger_when.number(), "callback_urls": hook.callback_urls,
    })
}
