//! Changing channels that are there: what they are called, who may find them, and their end.

use serde_json::json;

use super::places::{
    MAX_DISPLAY_NAME, MAX_HEADER, MAX_PURPOSE, check_channel_name, check_length, is_first, taken,
};
use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::wire::{self, ChannelResponse};
use crate::model::{
    Channel, ChannelChange, ChannelId, ChannelKind, ChannelMember, TeamMember, Timestamp, User,
};

/// Somebody before a channel: what the rules ask for.
pub(super) struct Standing {
    pub(super) channel: Channel,
    pub(super) mine: Option<ChannelMember>,
    pub(super) team: Option<TeamMember>,
}

impl Standing {
    /// Proves that somebody may manage the channel, which belongs to a team.
    pub(super) fn manage(&self, user: &User) -> Result<(), ChatError> {
        if self.channel.team_id.is_none() {
            return Err(unfit("direct and group channels are as they are"));
        }
        Ok(rules::manage_channel(user, &self.channel, self.mine.as_ref(), self.team.as_ref())?)
    }
}

impl Chat {
    /// Changes what a channel is called and is about. What the change does not set stays.
    pub async fn change_channel(
        &self,
        user: &User,
        id: &ChannelId,
        change: ChannelChange,
    ) -> Result<Channel, ChatError> {
        let standing = self.standing(user, id).await?;
        let Standing { channel, mine, team } = &standing;
        let differs = |new: &Option<String>, old: &str| new.as_deref().is_some_and(|new| new != old);
        let renamed =
            differs(&change.name, &channel.name) || differs(&change.display_name, &channel.display_name);
        if renamed {
            standing.manage(user)?;
        } else {
            rules::describe_channel(user, channel, mine.as_ref(), team.as_ref())?;
        }
        in_use(channel)?;
        if differs(&change.name, &channel.name) && is_first(channel) {
            return Err(unfit("every team has a channel `town-square`"));
        }
        check(&change, channel)?;
        self.apply(id, ChannelChange { kind: None, delete_at: None, ..change }).await
    }

    /// Makes a channel public or private.
    pub async fn convert_channel(
        &self,
        user: &User,
        id: &ChannelId,
        kind: ChannelKind,
    ) -> Result<Channel, ChatError> {
        let standing = self.standing(user, id).await?;
        standing.manage(user)?;
        let channel = standing.channel;
        in_use(&channel)?;
        if is_first(&channel) && kind != ChannelKind::Public {
            return Err(unfit("`town-square` is for everybody in the team"));
        }
        if channel.kind == kind {
            return Ok(channel);
        }
        let channel = self.apply(id, ChannelChange { kind: Some(kind), ..ChannelChange::default() }).await?;
        if let Some(team) = &channel.team_id {
            self.publish_to_team(team, "channel_converted", &json!({"channel_id": channel.id})).await;
        }
        Ok(channel)
    }

    /// Archives a channel: it can be read, and nothing is posted in it. Again changes nothing.
    pub async fn archive_channel(&self, user: &User, id: &ChannelId) -> Result<(), ChatError> {
        let standing = self.standing(user, id).await?;
        standing.manage(user)?;
        if is_first(&standing.channel) {
            return Err(unfit("every team has a channel `town-square`"));
        }
        if !standing.channel.delete_at.is_never() {
            return Ok(());
        }
        let delete_at = Some(self.clock.now());
        let channel = self.set(id, ChannelChange { delete_at, ..ChannelChange::default() }).await?;
        let data = json!({"channel_id": channel.id, "delete_at": channel.delete_at});
        self.publish_where_visible(&channel, "channel_deleted", &data).await;
        Ok(())
    }

    /// Takes a channel out of the archive.
    pub async fn restore_channel(&self, user: &User, id: &ChannelId) -> Result<Channel, ChatError> {
        let standing = self.standing(user, id).await?;
        standing.manage(user)?;
        if standing.channel.delete_at.is_never() {
            return Err(unfit("the channel is not archived"));
        }
        let delete_at = Some(Timestamp::NEVER);
        let channel = self.set(id, ChannelChange { delete_at, ..ChannelChange::default() }).await?;
        self.publish_where_visible(&channel, "channel_restored", &json!({"channel_id": channel.id})).await;
        Ok(channel)
    }

    pub(super) async fn standing(&self, user: &User, id: &ChannelId) -> Result<Standing, ChatError> {
        let channel = self.channel(id).await?;
        let mine = self.store.channel_member(id, &user.id).await?;
        let team = self.team_membership(&channel, user).await?;
        Ok(Standing { channel, mine, team })
    }

    /// Sets, and tells the channel how it is now.
    async fn apply(&self, id: &ChannelId, change: ChannelChange) -> Result<Channel, ChatError> {
        let channel = self.set(id, change).await?;
        let data = json!({"channel": wire::text(&ChannelResponse::from(channel.clone()))});
        self.publish_to_channel(id, "channel_updated", &data).await;
        Ok(channel)
    }

    async fn set(&self, id: &ChannelId, change: ChannelChange) -> Result<Channel, ChatError> {
        let changed = self.store.change_channel(id, change, self.clock.now()).await;
        changed.map_err(|error| taken(error, "channel"))?.ok_or(ChatError::NotFound("channel"))
    }

    /// Tells whoever can see that the channel is there: of a public one the team, of a private one its members.
    async fn publish_where_visible(&self, channel: &Channel, name: &'static str, data: &serde_json::Value) {
        match &channel.team_id {
            Some(team) if channel.kind == ChannelKind::Public => self.publish_to_team(team, name, data).await,
            _ => self.publish_to_channel(&channel.id, name, data).await,
        }
    }
}

/// Proves that a channel is not archived.
pub(super) fn in_use(channel: &Channel) -> Result<(), ChatError> {
    if channel.delete_at.is_never() {
        Ok(())
    } else {
        Err(unfit("the channel is archived: restore it first"))
    }
}

/// The channel asked for is none this can be done to.
pub(super) fn unfit(reason: &str) -> ChatError {
    ChatError::Invalid { field: "channel_id", reason: reason.to_owned() }
}

fn check(change: &ChannelChange, channel: &Channel) -> Result<(), ChatError> {
    if let Some(name) = change.name.as_ref().filter(|name| **name != channel.name) {
        check_channel_name(name)?;
    }
    if let Some(name) = change.display_name.as_ref().filter(|name| **name != channel.display_name) {
        check_length("display_name", name, 1, MAX_DISPLAY_NAME)?;
    }
    check_length("header", change.header.as_deref().unwrap_or_default(), 0, MAX_HEADER)?;
    check_length("purpose", change.purpose.as_deref().unwrap_or_default(), 0, MAX_PURPOSE)
}
