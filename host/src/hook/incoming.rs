//! Incoming webhooks: managing them, and posting the Slack-style payloads they receive.

use super::identity::{apply_overrides, check_owner, own_place};
use super::{HookError, HookRequest, HookResponse, Hooks, payload};
use crate::access::{AccessError, rules};
use crate::chat::{ChatError, Origin, compose};
use crate::model::{
    Changes, Channel, ChannelId, HookId, HookTarget, IncomingHook, MAX_ICON_URL, Place, PluginId, TeamId,
    Timestamp, User, UserId, Verifier, plain_name,
};
use crate::secret::random_hook_id;
use crate::store::{Quota, QuotaKind};

/// A hook to create.
#[derive(Debug, Clone)]
pub struct NewHook {
    pub channel_id: ChannelId,
    pub display_name: String,
    pub description: String,
    pub username: String,
    pub icon_url: String,
    pub channel_locked: bool,
    pub bridge: Option<(PluginId, String)>,
    pub verifier: Verifier,
    pub sealed_secret: Option<Vec<u8>>,
}

impl Hooks {
    /// Creates an incoming webhook. `owner` becomes the author of its messages.
    pub async fn create(&self, owner: &User, new: NewHook) -> Result<IncomingHook, HookError> {
        let (channel, team_id) = self.manageable_channel(owner, &new.channel_id).await?;
        for (field, text, limit) in [
            ("display_name", &new.display_name, 64),
            ("description", &new.description, 500),
            ("username", &new.username, 64),
            ("icon_url", &new.icon_url, MAX_ICON_URL),
        ] {
            if text.len() > limit {
                return Err(HookError::Invalid { field, reason: format!("at most {limit} bytes") });
            }
        }
        let now = self.clock.now();
        let hook = IncomingHook {
            id: random_hook_id(),
            user_id: owner.id.clone(),
            channel_id: channel.id,
            team_id,
            display_name: plain_name(&new.display_name),
            description: new.description,
            username: new.username,
            icon_url: new.icon_url,
            channel_locked: new.channel_locked,
            bridge: new.bridge,
            verifier: new.verifier,
            sealed_secret: new.sealed_secret,
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        };
        let limit = Quota::new(QuotaKind::HooksOfAccount, &owner.id, self.policy.hooks_per_account);
        self.store.with_quotas([limit]).create_hook(hook.clone()).await?;
        Ok(hook)
    }

    /// Returns a page of the hooks `user` may manage, of one team or of all, oldest first.
    pub async fn list(
        &self,
        user: &User,
        team: Option<&TeamId>,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<IncomingHook>, HookError> {
        if let Some(team) = team {
            self.chat.enter_team(user, team).await?;
        }
        Ok(self.store.hooks(team, managed_by(user), offset, limit).await?)
    }

    /// Returns a hook that `user` may manage: one of their own, or any for an administrator.
    pub async fn get(&self, user: &User, id: &HookId) -> Result<IncomingHook, HookError> {
        match self.store.hook(id).await? {
            Some(hook) if managed_by(user).is_none_or(|owner| *owner == hook.user_id) => Ok(hook),
            _ => Err(HookError::NotFound("incoming webhook")),
        }
    }

    /// Deletes a hook that `user` may manage. Its address is unknown from then on.
    pub async fn delete(&self, user: &User, id: &HookId) -> Result<(), HookError> {
        let hook = self.get(user, id).await?;
        Ok(self.store.delete_hook(&hook.id, self.clock.now()).await?)
    }

    async fn manageable_channel(&self, user: &User, id: &ChannelId) -> Result<(Channel, TeamId), HookError> {
        let channel = self.store.channel(id).await?.ok_or(HookError::NotFound("channel"))?;
        let member = self.store.channel_member(id, &user.id).await?;
        let team = match &channel.team_id {
            Some(team) => self.store.team_member(team, &user.id).await?,
            None => None,
        };
        rules::manage_hooks(user, &channel, member.as_ref(), team.as_ref())?;
        let Some(team_id) = channel.team_id.clone() else {
            let reason = "a webhook needs a channel of a team".to_owned();
            return Err(HookError::Invalid { field: "channel_id", reason });
        };
        Ok((channel, team_id))
    }
}

/// The owner whose hooks `user` may manage: the user's own, or None for those of all users.
pub(super) fn managed_by(user: &User) -> Option<&UserId> {
    (!rules::is_admin(user)).then_some(&user.id)
}

pub(super) async fn accept(
    hooks: &Hooks,
    target: &HookTarget,
    request: &HookRequest,
) -> Result<HookResponse, HookError> {
    let hook = &target.hook;
    let mut decoded = payload::decode(request)?;
    let place = place(hooks, target, &decoded.channel).await?;
    apply_overrides(&hooks.policy, hook, &mut decoded.message);
    let origin = Origin::Hook { display_name: &hook.display_name };
    let posts = compose(&hooks.clock, &hook.user_id, &place, &decoded.message, &origin);
    hooks.chat.publish(Changes::of_posts(posts)).await?;
    Ok(HookResponse::ok())
}

/// Returns the place of a payload's message: the channel it names, else the hook's own.
async fn place(hooks: &Hooks, target: &HookTarget, named: &str) -> Result<Place, HookError> {
    let hook = &target.hook;
    let (place, kind, is_member) = if named.is_empty() {
        (own_place(hook), target.channel_kind, target.owner_is_member)
    } else {
        let channel = Box::pin(channel(hooks, hook, named)).await?;
        let is_member = hooks.store.is_channel_member(&channel.id, &hook.user_id).await?;
        (Place::from(&channel), channel.kind, is_member)
    };
    check_owner(kind, is_member)?;
    Ok(place)
}

/// Finds the channel a payload names: `@name` is the direct channel of the owner and that user; `#name` and `name` are a
/// channel of the hook's team, or one without a team.
async fn channel(hooks: &Hooks, hook: &IncomingHook, named: &str) -> Result<Channel, HookError> {
    let channel = match named.strip_prefix('@') {
        // No row contains NUL, and PostgreSQL refuses it in a parameter.
        _ if named.contains('\0') => return Err(HookError::UnknownChannel(named.replace('\0', ""))),
        Some(name) => {
            let user = hooks.store.user_by_username(&name.to_lowercase()).await?;
            let user = user.ok_or_else(|| HookError::UnknownUser(named.to_owned()))?;
            if hook.channel_locked {
                // A hook's own channel is never a direct channel.
                return Err(HookError::ChannelLocked);
            }
            let owner = hooks.store.user(&hook.user_id).await?.ok_or(HookError::NoOwner)?;
            let opened = hooks.chat.direct_with(&owner, &user).await;
            opened.map_err(|error| match error {
                ChatError::Access(AccessError::Forbidden(_)) => HookError::Forbidden,
                // For a guest, a user whom they may not see does not exist.
                ChatError::Access(AccessError::NotFound(_)) => HookError::UnknownUser(named.to_owned()),
                error => error.into(),
            })?
        }
        None => by_name(hooks, hook, named.strip_prefix('#').unwrap_or(named)).await?,
    };
    if hook.channel_locked && channel.id != hook.channel_id {
        return Err(HookError::ChannelLocked);
    }
    Ok(channel)
}

async fn by_name(hooks: &Hooks, hook: &IncomingHook, name: &str) -> Result<Channel, HookError> {
    let name = name.to_lowercase();
    let mut found = hooks.store.channel_by_name(&hook.team_id, &name).await?;
    if found.is_none() {
        found = hooks.store.teamless_channel(&name).await?;
    }
    found.filter(|channel| channel.delete_at.is_never()).ok_or(HookError::UnknownChannel(name))
}
