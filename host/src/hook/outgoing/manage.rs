//! Managing outgoing webhooks. Each change is audited.

use super::{OpenedHook, OutgoingError, OutgoingHooks, OutgoingSettings, new_signing_secret};
use crate::access::{AccessError, Prohibition, rules};
use crate::model::{
    Channel, ChannelId, ChannelKind, HookEndpoint, Kind, OutgoingHook, OutgoingHookId, TeamId, Timestamp,
    User, UserId, plain_name,
};
use crate::secret::Secret;
use crate::store::{Quota, QuotaKind};

impl OutgoingHooks {
    /// Creates a hook. The author of what its receivers respond with is `caller`, or the account that `caller` names.
    pub async fn create(
        &self,
        caller: &User,
        team: &TeamId,
        creator: Option<UserId>,
        settings: OutgoingSettings,
    ) -> Result<OpenedHook, OutgoingError> {
        self.check_enabled()?;
        self.check_has_hooks(caller, team).await?;
        let creator = creator.unwrap_or_else(|| caller.id.clone());
        if creator != caller.id {
            self.check_named_creator(caller, team, &creator).await?;
        }
        self.check_channel(team, settings.channel_id.as_ref(), false).await?;
        let trigger_when = settings.check()?;
        self.check_overlap(team, &settings, None).await?;
        let now = self.clock.now();
        let hook = OutgoingHook {
            id: self.clock.id(),
            creator_id: creator,
            team_id: team.clone(),
            channel_id: settings.channel_id,
            display_name: plain_name(&settings.display_name),
            description: settings.description,
            username: settings.username,
            icon_url: settings.icon_url,
            content_type: settings.content_type,
            trigger_words: settings.trigger_words,
            trigger_when,
            callback_urls: settings.callback_urls,
            sealed_token: self.sealer.seal(&Secret::random()),
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        };
        let store = self.recording(caller, "outgoing_hook.create", None, Some(&hook));
        let kind = QuotaKind::OutgoingHooksOfAccount;
        let limit = Quota::new(kind, &hook.creator_id, self.policy.hooks_per_account);
        store.with_quotas([limit]).outgoing().create(hook.clone(), self.endpoints_of(&hook)).await?;
        Ok(self.open_hook(hook))
    }

    /// Returns a page of the hooks that `user` may manage, oldest first: an administrator's of all teams, of one team
    /// or channel, a team administrator's of one team or channel, and a member's own.
    pub async fn list(
        &self,
        user: &User,
        team: Option<TeamId>,
        channel: Option<&ChannelId>,
        (offset, limit): (i64, i64),
    ) -> Result<Vec<OpenedHook>, OutgoingError> {
        self.check_enabled()?;
        let team = match (team, channel) {
            (None, Some(channel)) => {
                let channel = self.store.channel(channel).await?;
                Some(channel.and_then(|channel| channel.team_id).ok_or_else(rules::no_hooks)?)
            }
            (team, _) => team,
        };
        let own = match &team {
            _ if rules::is_admin(user) => None,
            Some(team) => {
                self.check_has_hooks(user, team).await?;
                let member = self.store.team_member(team, &user.id).await?;
                rules::manage_team(user, member.as_ref()).is_err().then_some(&user.id)
            }
            None if self.policy.member_hooks && !rules::is_guest(user) => Some(&user.id),
            None => return Err(rules::no_hooks().into()),
        };
        let hooks = self.store.outgoing().list(team.as_ref(), channel, own, offset, limit).await?;
        Ok(hooks.into_iter().map(|hook| self.open_hook(hook)).collect())
    }

    pub async fn get(&self, user: &User, id: &OutgoingHookId) -> Result<OpenedHook, OutgoingError> {
        Ok(self.open_hook(self.managed_hook(user, id).await?))
    }

    /// Replaces the settings of a hook that `caller` may manage. Its creator, team and token stay; `team`, if given,
    /// must be that team.
    pub async fn update(
        &self,
        caller: &User,
        id: &OutgoingHookId,
        team: Option<&TeamId>,
        settings: OutgoingSettings,
    ) -> Result<OpenedHook, OutgoingError> {
        let before = self.managed_hook(caller, id).await?;
        if team.is_some_and(|team| *team != before.team_id) {
            return Err(AccessError::from(Prohibition::MoveHook).into());
        }
        self.check_channel(&before.team_id, settings.channel_id.as_ref(), true).await?;
        let trigger_when = settings.check()?;
        self.check_overlap(&before.team_id, &settings, Some(id)).await?;
        let hook = OutgoingHook {
            channel_id: settings.channel_id,
            display_name: plain_name(&settings.display_name),
            description: settings.description,
            username: settings.username,
            icon_url: settings.icon_url,
            content_type: settings.content_type,
            trigger_words: settings.trigger_words,
            trigger_when,
            callback_urls: settings.callback_urls,
            update_at: self.clock.now(),
            ..before.clone()
        };
        let store = self.recording(caller, "outgoing_hook.update", Some(&before), Some(&hook));
        if !store.outgoing().update(hook.clone(), self.endpoints_of(&hook)).await? {
            return Err(OutgoingError::NotFound(Kind::OutgoingHook));
        }
        Ok(self.open_hook(hook))
    }

    /// Gives a hook that `caller` may manage another token. Receivers that know only the old one refuse what follows.
    pub async fn regenerate_token(
        &self,
        caller: &User,
        id: &OutgoingHookId,
    ) -> Result<OpenedHook, OutgoingError> {
        let before = self.managed_hook(caller, id).await?;
        let sealed_token = self.sealer.seal(&Secret::random());
        let hook = OutgoingHook { sealed_token, update_at: self.clock.now(), ..before.clone() };
        let store = self.recording(caller, "outgoing_hook.regenerate_token", Some(&before), Some(&hook));
        if !store.outgoing().set_token(id, hook.sealed_token.clone(), hook.update_at).await? {
            return Err(OutgoingError::NotFound(Kind::OutgoingHook));
        }
        Ok(self.open_hook(hook))
    }

    /// Deletes a hook that `caller` may manage, and its deliveries that wait.
    pub async fn delete(&self, caller: &User, id: &OutgoingHookId) -> Result<(), OutgoingError> {
        let hook = self.managed_hook(caller, id).await?;
        let store = self.recording(caller, "outgoing_hook.delete", Some(&hook), None);
        Ok(store.outgoing().delete(id, self.clock.now()).await?)
    }

    /// Returns an address for each URL of a hook. Those that the hook has already keep theirs.
    fn endpoints_of(&self, hook: &OutgoingHook) -> Vec<HookEndpoint> {
        let mut endpoints: Vec<HookEndpoint> = Vec::new();
        for url in &hook.callback_urls {
            if endpoints.iter().any(|endpoint| endpoint.url == *url) {
                continue;
            }
            endpoints.push(HookEndpoint {
                id: self.clock.id(),
                hook_id: hook.id.clone(),
                url: url.clone(),
                sealed_secret: self.sealer.seal(&new_signing_secret()),
                sealed_previous: None,
                previous_until: Timestamp::NEVER,
                failing_since: Timestamp::NEVER,
                disabled_at: Timestamp::NEVER,
                disabled_reason: String::new(),
                create_at: hook.update_at,
                delete_at: Timestamp::NEVER,
            });
        }
        endpoints
    }

    /// Checks that the channel of a hook, if it has one, is a public one of its team.
    async fn check_channel(
        &self,
        team: &TeamId,
        channel: Option<&ChannelId>,
        is_update: bool,
    ) -> Result<(), OutgoingError> {
        let Some(id) = channel else { return Ok(()) };
        let channel = self.store.channel(id).await?.ok_or(OutgoingError::NotFound(Kind::Channel))?;
        match channel {
            Channel { kind, .. } if kind != ChannelKind::Public => {
                Err(OutgoingError::NotPublic { is_update })
            }
            Channel { team_id, .. } if team_id.as_ref() != Some(team) => Err(OutgoingError::ChannelElsewhere),
            _ => Ok(()),
        }
    }

    /// Checks that no other hook of the channel sends the same words to the same address.
    async fn check_overlap(
        &self,
        team: &TeamId,
        settings: &OutgoingSettings,
        own: Option<&OutgoingHookId>,
    ) -> Result<(), OutgoingError> {
        let hooks = self.store.outgoing().list(Some(team), None, None, 0, i64::MAX).await?;
        let overlaps = hooks.iter().filter(|hook| Some(&hook.id) != own).any(|hook| {
            hook.channel_id == settings.channel_id
                && settings.overlaps(&hook.trigger_words, &hook.callback_urls)
        });
        if overlaps { Err(OutgoingError::Overlap { is_update: own.is_some() }) } else { Ok(()) }
    }

    /// Checks that the user may name this account as the author of what a hook's receivers respond with.
    async fn check_named_creator(
        &self,
        caller: &User,
        team: &TeamId,
        creator: &UserId,
    ) -> Result<(), OutgoingError> {
        let mine = self.store.team_member(team, &caller.id).await?;
        let account = self.store.user(creator).await?;
        let member = self.store.team_member(team, creator).await?;
        rules::name_hook_owner(caller, mine.as_ref(), account.as_ref(), member.as_ref())?;
        account.map(|_| ()).ok_or(OutgoingError::NotFound(Kind::Account))
    }
}
