//! Channels of teams: creating, finding and listing them. An administrator sees all, a guest only their own.

mod changes;
mod direct;
mod members;
mod moves;
mod search;

use std::sync::Arc;

use serde_json::json;

use super::checks::{
    MAX_HEADER, MAX_PURPOSE, check_channel_name, check_length, check_team_active, checked_display_name,
    is_slug, name_taken, page,
};
use super::{Chat, ChatError};
use crate::access::{AccessError, Admin, ChannelAccess, ChannelEditor, ChannelOpener, TeamAccess, rules};
use crate::model::{
    Channel, ChannelId, ChannelKind, ChannelMembership, ChannelWithCounts, Kind, TeamId, TeamMember,
    Timestamp, User, role,
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
    pub(super) mine: Option<Arc<ChannelMembership>>,
    pub(super) team: Option<TeamMember>,
}

impl ChannelFacts {
    /// Whether the user may know that the channel exists. A team's administrator manages its private channels without
    /// being in them.
    pub(super) fn are_visible(&self, user: &User) -> bool {
        let Self { channel, mine, team } = self;
        let (mine, team) = (mine.as_deref(), team.as_ref());
        rules::sees_channel(user, channel, mine, team) || rules::leads_channel(user, channel, mine, team)
    }
}

impl Chat {
    /// Creates a public or private channel. Its creator becomes its administrator and first member.
    pub async fn create_channel(
        &self,
        creator: &User,
        mut new: NewChannel,
    ) -> Result<ChannelWithCounts, ChatError> {
        if !matches!(new.kind, ChannelKind::Public | ChannelKind::Private) {
            let reason = "it must be `O` (public) or `P` (private)".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Channel, field: "type", reason });
        }
        check_channel_name(&new.name)?;
        new.display_name = checked_display_name(Kind::Channel, &new.display_name)?;
        check_length(Kind::Channel, "header", &new.header, 0, MAX_HEADER)?;
        check_length(Kind::Channel, "purpose", &new.purpose, 0, MAX_PURPOSE)?;
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
        self.bus.change_members(created).await.map_err(|error| name_taken(error, Kind::Channel))?;
        self.announce_member(creator, &channel, creator, None).await;
        let data = json!({"channel_id": channel.id, "team_id": channel.team_id});
        self.publish_to_user(&creator.id, "channel_created", &data).await;
        Ok(ChannelWithCounts::of_new(channel))
    }

    /// Proves that the caller may read a channel.
    pub async fn channel_access(
        &self,
        caller: Arc<User>,
        id: &ChannelId,
    ) -> Result<ChannelAccess, ChatError> {
        let channel = self.store.channel(id).await?.ok_or_else(|| rules::no_channel(&caller))?;
        let member = self.store.channel_membership(id, &caller.id).await?;
        Ok(ChannelAccess::prove(caller, channel, member.as_deref())?)
    }

    /// Proves that the caller may change a channel.
    pub async fn channel_editor(
        &self,
        caller: Arc<User>,
        id: &ChannelId,
    ) -> Result<ChannelEditor, ChatError> {
        let ChannelFacts { channel, mine, team } = self.entered_channel(&caller, id).await?;
        Ok(ChannelEditor::prove(caller, channel, mine.as_deref(), team.as_ref())?)
    }

    /// Proves that the caller may convert and restore a channel.
    pub async fn channel_opener(
        &self,
        caller: Arc<User>,
        id: &ChannelId,
    ) -> Result<ChannelOpener, ChatError> {
        let ChannelFacts { channel, team, .. } = self.entered_channel(&caller, id).await?;
        Ok(ChannelOpener::prove(caller, channel, team.as_ref())?)
    }

    /// Returns a channel that the user may look up.
    pub async fn visible_channel(&self, user: &User, id: &ChannelId) -> Result<Channel, ChatError> {
        let channel = self.channel(id).await?;
        self.check_visible(user, &channel).await.map(|()| channel)
    }

    /// As [`Chat::visible_channel`], with the counters of its posts.
    pub async fn visible_channel_with_counts(
        &self,
        user: &User,
        id: &ChannelId,
    ) -> Result<ChannelWithCounts, ChatError> {
        let channel = self.channel_with_counts(id).await?;
        self.check_visible(user, &channel).await.map(|()| channel)
    }

    /// Returns a channel of a team, or one of no team, by its slug; an archived one only with `archived`.
    pub async fn visible_channel_by_name(
        &self,
        user: &User,
        team: &TeamId,
        name: &str,
        archived: bool,
    ) -> Result<ChannelWithCounts, ChatError> {
        // What the team's names are is for those in it.
        rules::enter_team(user, self.store.team_member(team, &user.id).await?.as_ref())?;
        let name = name.to_lowercase();
        let missing = ChatError::NotFound(Kind::ChannelName);
        if !is_slug(&name) {
            return Err(missing);
        }
        let mut found = self.store.channel_by_name(team, &name).await?;
        if found.is_none() {
            found = self.store.teamless_channel(&name).await?;
        }
        let visible = found.filter(|channel| archived || channel.delete_at.is_never());
        let channel = visible.ok_or(missing)?;
        match self.check_visible(user, &channel).await {
            // A name can be guessed, so a hidden channel is answered as one that does not exist.
            Err(ChatError::Access(AccessError::Forbidden(_))) => Err(ChatError::NotFound(Kind::ChannelName)),
            checked => checked.map(|()| channel),
        }
    }

    /// Returns a page of a team's public channels; for a guest, only those they are in.
    pub async fn public_channels(
        &self,
        team: &TeamAccess,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        let id = &team.team().id;
        if rules::is_guest(team.caller()) {
            let mut own = self.store.channels_of(&team.caller().id, id).await?;
            own.retain(|channel| channel.kind == ChannelKind::Public);
            return Ok(page(own, offset, limit));
        }
        Ok(self.store.public_channels(id, offset, limit).await?)
    }

    /// Returns the public channels among these of a team; for a guest, only those they are in. Fails if there is none.
    pub async fn public_channels_by_ids(
        &self,
        team: &TeamAccess,
        ids: &[ChannelId],
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        let id = &team.team().id;
        let mut channels = self.store.public_channels_by_ids(id, ids).await?;
        if rules::is_guest(team.caller()) {
            let own = self.store.channels_of(&team.caller().id, id).await?;
            channels.retain(|channel| own.iter().any(|mine| mine.id == channel.id));
        }
        if channels.is_empty() {
            return Err(ChatError::NotFound(Kind::ChannelIds));
        }
        Ok(channels)
    }

    /// Returns a page of a team's archived channels: public ones and the caller's own; for a guest, only their own.
    /// Private ones are for their members, also where the caller is an administrator.
    pub async fn archived_channels(
        &self,
        team: &TeamAccess,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        let user = team.caller();
        let public = !rules::is_guest(user);
        Ok(self.store.archived_channels(&team.team().id, Some(&user.id), public, offset, limit).await?)
    }

    /// Returns a page of a team's private channels, which only a system administrator sees without being in them.
    pub async fn private_channels(
        &self,
        _: &Admin,
        team: &TeamId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        let team = self.team(team).await?;
        Ok(self.store.private_channels(&team.id, offset, limit).await?)
    }

    pub(super) async fn channel(&self, id: &ChannelId) -> Result<Channel, ChatError> {
        self.store.channel(id).await?.ok_or(ChatError::NotFound(Kind::Channel))
    }

    pub(super) async fn channel_with_counts(&self, id: &ChannelId) -> Result<ChannelWithCounts, ChatError> {
        self.store.channel_with_counts(id).await?.ok_or(ChatError::NotFound(Kind::Channel))
    }

    /// Returns a channel that the user wants to change, with the facts for the rules.
    pub(super) async fn entered_channel(
        &self,
        user: &User,
        id: &ChannelId,
    ) -> Result<ChannelFacts, ChatError> {
        let channel = self.channel(id).await?;
        let facts = self.facts_of(user, channel).await?;
        Ok(Some(facts).filter(|facts| facts.are_visible(user)).ok_or_else(rules::hidden_channel)?)
    }

    /// Returns None both for a channel that does not exist and for one that the user may not know of.
    pub(super) async fn facts_in_sight(
        &self,
        user: &User,
        id: &ChannelId,
    ) -> Result<Option<ChannelFacts>, ChatError> {
        let Some(channel) = self.store.channel(id).await? else { return Ok(None) };
        Ok(Some(self.facts_of(user, channel).await?).filter(|facts| facts.are_visible(user)))
    }

    async fn facts_of(&self, user: &User, channel: Channel) -> Result<ChannelFacts, ChatError> {
        let mine = self.store.channel_membership(&channel.id, &user.id).await?;
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
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        }
    }

    async fn check_visible(&self, user: &User, channel: &Channel) -> Result<(), ChatError> {
        let member = self.store.channel_membership(&channel.id, &user.id).await?;
        let team = self.team_membership(channel, user).await?;
        if rules::sees_channel(user, channel, member.as_deref(), team.as_ref()) {
            Ok(())
        } else {
            Err(rules::hidden_channel().into())
        }
    }
}
