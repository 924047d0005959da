//! Channels of teams: creating, listing, changing and archiving them. An administrator sees all, a guest only their
//! own.

use std::sync::Arc;

use serde_json::json;

use super::checks::{
    MAX_HEADER, MAX_PURPOSE, check_channel_active, check_channel_name, check_length, check_team_active,
    checked_display_name, invalid_channel, is_slug, is_town_square, name_taken, page,
};
use super::{Chat, ChatError};
use crate::access::{ChannelAccess, TeamAccess, rules};
use crate::model::wire::{self, ChannelResponse};
use crate::model::{
    Channel, ChannelChange, ChannelId, ChannelKind, ChannelMember, TeamId, TeamMember, Timestamp, User, role,
};
use crate::secret::random_bytes;
use crate::store::{Quota, QuotaKind};

/// A channel that a client wants to create.
#[derive(Debug, Clone)]
pub struct NewChannel {
    pub team_id: TeamId,
    pub name: String,
    pub display_name: String,
    pub kind: ChannelKind,
    pub header: String,
    pub purpose: String,
}

/// The facts that the rules need: a channel, and a user's memberships in it and in its team.
pub(super) struct ChannelFacts {
    pub(super) channel: Channel,
    pub(super) mine: Option<ChannelMember>,
    pub(super) team: Option<TeamMember>,
}

impl ChannelFacts {
    /// Checks that the channel belongs to a team and that the user may manage it.
    pub(super) fn check_manage(&self, user: &User) -> Result<(), ChatError> {
        if self.channel.team_id.is_none() {
            return Err(invalid_channel("direct and group channels cannot be changed"));
        }
        Ok(rules::manage_channel(user, &self.channel, self.mine.as_ref(), self.team.as_ref())?)
    }
}

impl Chat {
    /// Creates a public or private channel. Its creator becomes its administrator and first member.
    pub async fn create_channel(&self, creator: &User, mut new: NewChannel) -> Result<Channel, ChatError> {
        if !matches!(new.kind, ChannelKind::Public | ChannelKind::Private) {
            let reason = "`O` (public) or `P` (private)".to_owned();
            return Err(ChatError::Invalid { field: "type", reason });
        }
        check_channel_name(&new.name)?;
        new.display_name = checked_display_name(&new.display_name)?;
        check_length("header", &new.header, 0, MAX_HEADER)?;
        check_length("purpose", &new.purpose, 0, MAX_PURPOSE)?;
        let team = self.enter_team(creator, &new.team_id).await?;
        check_team_active(&team)?;
        rules::make_channels(creator)?;
        let channel = self.build_channel(creator, new);
        let roles = format!("{} {}", role::CHANNEL_USER, role::CHANNEL_ADMIN);
        let member = self.new_channel_member(&channel.id, &creator.id, &roles);
        let store = self.store.with_quotas([
            self.channels_of(&creator.id),
            Quota::new(QuotaKind::ChannelsOfTeam, &team.id, self.limits.channels_per_team),
        ]);
        let created = store.create_channel(channel.clone(), member);
        self.bus.change_members(created).await.map_err(|error| name_taken(error, "channel"))?;
        let data = json!({"channel_id": channel.id, "team_id": channel.team_id});
        self.publish_to_user(&creator.id, "channel_created", &data).await;
        Ok(channel)
    }

    /// Proves that the caller may read a channel.
    pub async fn channel_access(
        &self,
        caller: Arc<User>,
        id: &ChannelId,
    ) -> Result<ChannelAccess, ChatError> {
        let ChannelFacts { channel, mine, team } = self.channel_facts(&caller, id).await?;
        Ok(ChannelAccess::prove(caller, channel, mine.as_ref(), team.as_ref())?)
    }

    /// Returns a channel that the user may read.
    pub async fn readable_channel(&self, user: &User, id: &ChannelId) -> Result<Channel, ChatError> {
        let channel = self.channel(id).await?;
        self.read_channel(user, channel).await
    }

    /// Returns a channel of a team, or one of no team, by its slug; an archived one only with `archived`.
    pub async fn readable_channel_by_name(
        &self,
        user: &User,
        team: &TeamId,
        name: &str,
        archived: bool,
    ) -> Result<Channel, ChatError> {
        let name = name.to_lowercase();
        if !is_slug(&name) {
            return Err(ChatError::NotFound("channel"));
        }
        let mut found = self.store.channel_by_name(team, &name).await?;
        if found.is_none() {
            found = self.store.teamless_channel(&name).await?;
        }
        let visible = found.filter(|channel| archived || channel.delete_at.is_never());
        let channel = visible.ok_or(ChatError::NotFound("channel"))?;
        self.read_channel(user, channel).await
    }

    /// Returns a page of a team's public channels; for a guest, only those they are in.
    pub async fn public_channels(
        &self,
        team: &TeamAccess,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let id = &team.team().id;
        if rules::is_guest(team.caller()) {
            let mut own = self.store.channels_of(&team.caller().id, id).await?;
            own.retain(|channel| channel.kind == ChannelKind::Public);
            return Ok(page(own, offset, limit));
        }
        Ok(self.store.public_channels(id, offset, limit).await?)
    }

    /// Returns the public channels among these of a team; for a guest, only those they are in.
    pub async fn public_channels_by_ids(
        &self,
        team: &TeamAccess,
        ids: &[ChannelId],
    ) -> Result<Vec<Channel>, ChatError> {
        let id = &team.team().id;
        let mut channels = self.store.public_channels_by_ids(id, ids).await?;
        if rules::is_guest(team.caller()) {
            let own = self.store.channels_of(&team.caller().id, id).await?;
            channels.retain(|channel| own.iter().any(|mine| mine.id == channel.id));
        }
        Ok(channels)
    }

    /// Returns a page of a team's archived channels: public ones and the caller's own; for a guest, only their own.
    pub async fn archived_channels(
        &self,
        team: &TeamAccess,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let user = team.caller();
        let of = (!rules::is_admin(user)).then_some(&user.id);
        let public = !rules::is_guest(user);
        Ok(self.store.archived_channels(&team.team().id, of, public, offset, limit).await?)
    }

    /// Returns a page of a team's private channels, for its administrators.
    pub async fn private_channels(
        &self,
        user: &User,
        team: &TeamId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let team = self.managed_team(user, team).await?;
        Ok(self.store.private_channels(&team.id, offset, limit).await?)
    }

    /// Searches a team's channels by name: public ones and the caller's own; for a guest, only their own.
    pub async fn search_channels(
        &self,
        team: &TeamAccess,
        text: &str,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let text = text.trim().trim_start_matches('~');
        let public = !rules::is_guest(team.caller());
        Ok(self.store.search_channels(&team.team().id, &team.caller().id, public, text, limit).await?)
    }

    /// Changes a channel's names and descriptions. Absent fields stay unchanged.
    pub async fn change_channel(
        &self,
        user: &User,
        id: &ChannelId,
        change: ChannelChange,
    ) -> Result<Channel, ChatError> {
        let facts = self.channel_facts(user, id).await?;
        let ChannelFacts { channel, mine, team } = &facts;
        let differs = |new: &Option<String>, old: &str| new.as_deref().is_some_and(|new| new != old);
        let renamed =
            differs(&change.name, &channel.name) || differs(&change.display_name, &channel.display_name);
        if renamed {
            facts.check_manage(user)?;
        } else {
            rules::describe_channel(user, channel, mine.as_ref(), team.as_ref())?;
        }
        check_channel_active(channel)?;
        if differs(&change.name, &channel.name) && is_town_square(channel) {
            return Err(invalid_channel("every team has a channel `town-square`"));
        }
        let change = checked_change(change, channel)?;
        self.apply_to_channel(id, ChannelChange { kind: None, delete_at: None, ..change }).await
    }

    /// Makes a channel public or private.
    pub async fn convert_channel(
        &self,
        user: &User,
        id: &ChannelId,
        kind: ChannelKind,
    ) -> Result<Channel, ChatError> {
        let facts = self.channel_facts(user, id).await?;
        facts.check_manage(user)?;
        let channel = facts.channel;
        check_channel_active(&channel)?;
        if is_town_square(&channel) && kind != ChannelKind::Public {
            return Err(invalid_channel("`town-square` is open to every member of the team"));
        }
        if channel.kind == kind {
            return Ok(channel);
        }
        let change = ChannelChange { kind: Some(kind), ..ChannelChange::default() };
        let channel = self.apply_to_channel(id, change).await?;
        if let Some(team) = &channel.team_id {
            self.publish_to_team(team, "channel_converted", &json!({"channel_id": channel.id})).await;
        }
        Ok(channel)
    }

    /// Archives a channel: it stays readable, but accepts no posts. Changes nothing if it is archived already.
    pub async fn archive_channel(&self, user: &User, id: &ChannelId) -> Result<(), ChatError> {
        let facts = self.channel_facts(user, id).await?;
        facts.check_manage(user)?;
        if is_town_square(&facts.channel) {
            return Err(invalid_channel("every team has a channel `town-square`"));
        }
        if !facts.channel.delete_at.is_never() {
            return Ok(());
        }
        let delete_at = Some(self.clock.now());
        let channel = self.set_channel(id, ChannelChange { delete_at, ..ChannelChange::default() }).await?;
        let data = json!({"channel_id": channel.id, "delete_at": channel.delete_at});
        self.publish_where_visible(&channel, "channel_deleted", &data).await;
        Ok(())
    }

    /// Restores an archived channel.
    pub async fn restore_channel(&self, user: &User, id: &ChannelId) -> Result<Channel, ChatError> {
        let facts = self.channel_facts(user, id).await?;
        facts.check_manage(user)?;
        if facts.channel.delete_at.is_never() {
            return Err(invalid_channel("the channel is not archived"));
        }
        let delete_at = Some(Timestamp::NEVER);
        let channel = self.set_channel(id, ChannelChange { delete_at, ..ChannelChange::default() }).await?;
        self.publish_where_visible(&channel, "channel_restored", &json!({"channel_id": channel.id})).await;
        Ok(channel)
    }

    pub(super) async fn channel(&self, id: &ChannelId) -> Result<Channel, ChatError> {
        self.store.channel(id).await?.ok_or(ChatError::NotFound("channel"))
    }

    pub(super) async fn channel_facts(&self, user: &User, id: &ChannelId) -> Result<ChannelFacts, ChatError> {
        let channel = self.channel(id).await?;
        let mine = self.store.channel_member(id, &user.id).await?;
        let team = self.team_membership(&channel, user).await?;
        Ok(ChannelFacts { channel, mine, team })
    }

    pub(super) async fn team_membership(
        &self,
        channel: &Channel,
        user: &User,
    ) -> Result<Option<TeamMember>, ChatError> {
        match &channel.team_id {
            Some(team) => Ok(self.store.team_member(team, &user.id).await?),
            None => Ok(None),
        }
    }

    pub(super) fn build_channel(&self, creator: &User, new: NewChannel) -> Channel {
        let now = self.clock.now();
        Channel {
            id: self.clock.id(),
            team_id: Some(new.team_id),
            gid: uuid::Builder::from_random_bytes(random_bytes()).into_uuid().to_string(),
            kind: new.kind,
            name: new.name,
            display_name: new.display_name,
            header: new.header,
            purpose: new.purpose,
            creator_id: Some(creator.id.clone()),
            total_msg_count: 0,
            last_post_at: Timestamp::NEVER,
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        }
    }

    async fn read_channel(&self, user: &User, channel: Channel) -> Result<Channel, ChatError> {
        let member = self.store.channel_member(&channel.id, &user.id).await?;
        let team = self.team_membership(&channel, user).await?;
        rules::read_channel(user, &channel, member.as_ref(), team.as_ref())?;
        Ok(channel)
    }

    /// Writes a change, and publishes the channel to its members.
    async fn apply_to_channel(&self, id: &ChannelId, change: ChannelChange) -> Result<Channel, ChatError> {
        let channel = self.set_channel(id, change).await?;
        let data = json!({"channel": wire::text(&ChannelResponse::from(channel.clone()))});
        self.publish_to_channel(id, "channel_updated", &data).await;
        Ok(channel)
    }

    async fn set_channel(&self, id: &ChannelId, change: ChannelChange) -> Result<Channel, ChatError> {
        let changed = self.store.change_channel(id, change, self.clock.now()).await;
        changed.map_err(|error| name_taken(error, "channel"))?.ok_or(ChatError::NotFound("channel"))
    }

    /// Publishes to the users who may know that the channel exists: the whole team for a public one, else its members.
    async fn publish_where_visible(&self, channel: &Channel, name: &'static str, data: &serde_json::Value) {
        match &channel.team_id {
            Some(team) if channel.kind == ChannelKind::Public => self.publish_to_team(team, name, data).await,
            _ => self.publish_to_channel(&channel.id, name, data).await,
        }
    }
}

/// Checks a change. A name that predates the rules may stay.
fn checked_change(mut change: ChannelChange, channel: &Channel) -> Result<ChannelChange, ChatError> {
    if let Some(name) = change.name.as_ref().filter(|name| **name != channel.name) {
        check_channel_name(name)?;
    }
    if let Some(name) = change.display_name.as_mut().filter(|name| **name != channel.display_name) {
        *name = checked_display_name(name)?;
    }
    check_length("header", change.header.as_deref().unwrap_or_default(), 0, MAX_HEADER)?;
    check_length("purpose", change.purpose.as_deref().unwrap_or_default(), 0, MAX_PURPOSE)?;
    Ok(change)
}
