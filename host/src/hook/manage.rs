//! Managing incoming webhooks, bridges included. Each change is audited.

use serde_json::{Value, json};

use super::{HookError, Hooks};
use crate::access::{AccessError, Prohibition, audit_row, check_username_of, rules};
use crate::model::{
    Channel, ChannelId, HookFilter, HookId, IncomingHook, Kind, MAX_ICON_URL, PluginId, TeamId, Timestamp,
    User, UserId, Verifier, is_web_link, plain_name,
};
use crate::secret::random_hook_id;
use crate::store::{Quota, QuotaKind, Store};

/// What the managers of a hook set.
#[derive(Debug, Clone)]
pub struct HookSettings {
    pub channel_id: ChannelId,
    pub display_name: String,
    pub description: String,
    /// The name under which the hook posts; empty for that of its owner.
    pub username: String,
    pub icon_url: String,
    pub channel_locked: bool,
}

/// A hook to create.
#[derive(Debug, Clone)]
pub struct NewHook {
    pub settings: HookSettings,
    /// The author of its messages; the creator if it is None.
    pub user_id: Option<UserId>,
    pub bridge: Option<(PluginId, String)>,
    pub verifier: Verifier,
    pub sealed_secret: Option<Vec<u8>>,
}

impl Hooks {
    /// Creates an incoming webhook. Its owner, the author of its messages, is `caller` or the account that `caller`
    /// names.
    ///
    /// If a system administrator names another account, the hook is the server's own: it keeps working when that
    /// account is deactivated, leaves the team or becomes a guest. Other hooks stop with their owner.
    pub async fn create(&self, caller: &User, new: NewHook) -> Result<IncomingHook, HookError> {
        let settings = new.settings;
        let (channel, team_id) = self.usable_channel(caller, &settings.channel_id).await?;
        let named = new.user_id.filter(|owner| *owner != caller.id);
        if let Some(owner) = &named {
            self.check_named_owner(caller, &team_id, owner).await?;
        }
        settings.check()?;
        let now = self.clock.now();
        let hook = IncomingHook {
            id: random_hook_id(),
            outlives_owner: named.is_some() && rules::is_admin(caller),
            user_id: named.unwrap_or_else(|| caller.id.clone()),
            channel_id: channel.id,
            team_id,
            display_name: plain_name(&settings.display_name),
            description: settings.description,
            username: settings.username,
            icon_url: settings.icon_url,
            channel_locked: settings.channel_locked,
            bridge: new.bridge,
            verifier: new.verifier,
            sealed_secret: new.sealed_secret,
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        };
        let store = self.recording(caller, "hook.create", &hook.id, None, Some(audit_value(&hook)));
        let limit = Quota::new(QuotaKind::HooksOfAccount, &hook.user_id, self.policy.hooks_per_account);
        store.with_quotas([limit]).hooks().create(hook.clone()).await?;
        Ok(hook)
    }

    /// Returns which hooks `user` may manage: a system administrator those of all teams or of one, a team's
    /// administrator those of the team, and a member their own.
    pub async fn managed(&self, user: &User, team: Option<TeamId>) -> Result<HookFilter, HookError> {
        if rules::is_admin(user) {
            return Ok(HookFilter { team, ..HookFilter::default() });
        }
        let id = Some(user.id.clone());
        let Some(team) = team else {
            if !self.policy.member_hooks || rules::is_guest(user) {
                return Err(rules::no_hooks().into());
            }
            return Ok(HookFilter { owner: id, ..HookFilter::default() });
        };
        let member = self.store.team_member(&team, &user.id).await?;
        if !rules::has_hooks(user, member.as_ref(), self.policy.member_hooks) {
            return Err(rules::no_hooks().into());
        }
        let is_manager = rules::manage_team(user, member.as_ref()).is_ok();
        let (owner, manager) = if is_manager { (None, id) } else { (id, None) };
        Ok(HookFilter { team: Some(team), owner, manager })
    }

    /// Returns a hook that `user` may manage. A user who manages none is refused, whether it exists or not.
    pub async fn get(&self, user: &User, id: &HookId) -> Result<IncomingHook, HookError> {
        if let Some(hook) = self.store.hooks().get(id).await?
            && self.manages(user, &hook).await?
        {
            return Ok(hook);
        }
        if self.manages_any(user).await? {
            Err(HookError::NotFound(Kind::IncomingHook))
        } else {
            Err(rules::no_hooks().into())
        }
    }

    /// Replaces the settings of a hook that `caller` may manage. Its owner and its team stay; `team`, if given, must be
    /// that team.
    ///
    /// The hook posts as its owner. So an account that lets it post elsewhere must be the owner, or one that may create
    /// a hook for the owner.
    pub async fn update(
        &self,
        caller: &User,
        id: &HookId,
        team: Option<&TeamId>,
        settings: HookSettings,
    ) -> Result<IncomingHook, HookError> {
        let before = self.get(caller, id).await?;
        if team.is_some_and(|team| *team != before.team_id) {
            return Err(AccessError::from(Prohibition::MoveHook).into());
        }
        let (channel, team) = self.usable_channel(caller, &settings.channel_id).await?;
        if team != before.team_id {
            let reason = "the channel must be one of the webhook's team".to_owned();
            return Err(HookError::Invalid { field: "channel_id", reason });
        }
        let posts_elsewhere =
            channel.id != before.channel_id || (before.channel_locked && !settings.channel_locked);
        if posts_elsewhere && before.user_id != caller.id {
            self.check_named_owner(caller, &team, &before.user_id).await?;
        }
        settings.check()?;
        let hook = IncomingHook {
            channel_id: channel.id,
            display_name: plain_name(&settings.display_name),
            description: settings.description,
            username: settings.username,
            icon_url: settings.icon_url,
            channel_locked: settings.channel_locked,
            update_at: self.clock.now(),
            ..before.clone()
        };
        let store =
            self.recording(caller, "hook.update", id, Some(audit_value(&before)), Some(audit_value(&hook)));
        if !store.hooks().update(hook.clone()).await? {
            return Err(HookError::NotFound(Kind::IncomingHook));
        }
        Ok(hook)
    }

    /// Deletes a hook that `user` may manage. Its address is unknown from then on.
    pub async fn delete(&self, user: &User, id: &HookId) -> Result<(), HookError> {
        let hook = self.get(user, id).await?;
        let store = self.recording(user, "hook.delete", id, Some(audit_value(&hook)), None);
        Ok(store.hooks().delete(id, self.clock.now()).await?)
    }

    async fn manages(&self, user: &User, hook: &IncomingHook) -> Result<bool, HookError> {
        let Some(channel) = self.store.channel(&hook.channel_id).await? else { return Ok(false) };
        let member = self.store.channel_membership(&channel.id, &user.id).await?;
        let team = self.store.team_member(&hook.team_id, &user.id).await?;
        let members = self.policy.member_hooks;
        Ok(rules::manages_hook(user, hook, &channel, member.as_deref(), team.as_ref(), members))
    }

    /// Whether the user may manage hooks in any team.
    async fn manages_any(&self, user: &User) -> Result<bool, HookError> {
        let teams = self.store.team_memberships_of(&user.id).await?;
        let has_hooks = |member| rules::has_hooks(user, Some(member), self.policy.member_hooks);
        Ok(rules::is_admin(user) || teams.iter().any(has_hooks))
    }

    /// Returns the error for a channel that does not exist.
    pub fn no_channel(user: &User) -> HookError {
        let is_admin = rules::is_admin(user);
        if is_admin { AccessError::NotFound(Kind::Channel).into() } else { rules::no_hooks().into() }
    }

    /// Returns a channel of a team, and the team, in which the user may create hooks.
    async fn usable_channel(&self, user: &User, id: &ChannelId) -> Result<(Channel, TeamId), HookError> {
        let Some(channel) = self.store.channel(id).await? else { return Err(Self::no_channel(user)) };
        // Channels of no team have no hooks.
        let team_id = channel.team_id.clone().ok_or_else(rules::no_hooks)?;
        let member = self.store.channel_membership(id, &user.id).await?;
        let team = self.store.team_member(&team_id, &user.id).await?;
        let members = self.policy.member_hooks;
        rules::create_hook(user, &channel, member.as_deref(), team.as_ref(), members)?;
        Ok((channel, team_id))
    }

    /// Checks that the user may name this account as the author of a hook's messages.
    async fn check_named_owner(&self, caller: &User, team: &TeamId, owner: &UserId) -> Result<(), HookError> {
        let mine = self.store.team_member(team, &caller.id).await?;
        let account = self.store.user(owner).await?;
        let member = self.store.team_member(team, owner).await?;
        rules::name_hook_owner(caller, mine.as_ref(), account.as_ref(), member.as_ref())?;
        account.map(|_| ()).ok_or(HookError::NotFound(Kind::Account))
    }

    fn recording(
        &self,
        caller: &User,
        action: &str,
        id: &HookId,
        was: Option<Value>,
        became: Option<Value>,
    ) -> Store {
        self.store.with_audit(audit_row(
            &self.clock,
            Some(caller),
            action,
            ("hook", id.as_str()),
            was,
            became,
        ))
    }
}

impl HookSettings {
    fn check(&self) -> Result<(), HookError> {
        for (field, text, limit) in [
            ("display_name", &self.display_name, 64),
            ("description", &self.description, 500),
            ("icon_url", &self.icon_url, MAX_ICON_URL),
        ] {
            if text.len() > limit {
                return Err(HookError::Invalid {
                    field,
                    reason: format!("it may have at most {limit} bytes"),
                });
            }
        }
        if !self.username.is_empty() {
            check_username_of(Kind::IncomingHook, &self.username)?;
        }
        if !self.icon_url.is_empty() && !is_web_link(&self.icon_url) {
            let reason = "it must begin with `http://` or `https://`".to_owned();
            return Err(HookError::Invalid { field: "icon_url", reason });
        }
        Ok(())
    }
}

/// Returns the owner whose bridges `user` may list, or None if the user may list those of all owners.
pub(super) fn managed_by(user: &User) -> Option<&UserId> {
    (!rules::is_admin(user)).then_some(&user.id)
}

/// Returns what an audit row says about a hook.
fn audit_value(hook: &IncomingHook) -> Value {
    let (plugin, bridge) = hook.bridge.clone().unzip();
    json!({
        "user_id": hook.user_id, "channel_id": hook.channel_id, "team_id": hook.team_id,
        "display_name": hook.display_name, "channel_locked": hook.channel_locked, "plugin": plugin, "bridge": bridge,
        "outlives_owner": hook.outlives_owner,
    })
}
