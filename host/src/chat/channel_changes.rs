//! Changing channels: names and descriptions, conversion, and the archive. What changes who reads a channel is audited,
//! and its members find a system message about it in the channel, written in the same transaction.

use serde_json::{Value, json};

use super::channels::ChannelFacts;
use super::checks::{
    MAX_HEADER, MAX_PURPOSE, check_channel_active, check_channel_name, check_length, checked_display_name,
    invalid_channel, is_town_square, name_taken,
};
use super::{Chat, ChatError};
use crate::access::{audit_row, rules};
use crate::model::wire::{self, ChannelResponse};
use crate::model::{
    Channel, ChannelChange, ChannelId, ChannelKind, Kind, Place, Post, PostKind, Timestamp, User,
};

/// A change of who reads a channel, or whether it takes posts.
struct Conversion {
    /// The action in the audit.
    action: &'static str,
    change: ChannelChange,
    /// The kind and the text of the system message.
    kind: &'static str,
    text: String,
}

impl Chat {
    /// Changes a channel's names and descriptions. Absent fields stay unchanged.
    pub async fn change_channel(
        &self,
        user: &User,
        id: &ChannelId,
        change: ChannelChange,
    ) -> Result<Channel, ChatError> {
        let facts = self.entered_channel(user, id).await?;
        let ChannelFacts { channel, mine, team } = &facts;
        rules::change_channel(user, channel, mine.as_ref(), team.as_ref())?;
        let differs = |new: &Option<String>, old: &str| new.as_deref().is_some_and(|new| new != old);
        let renamed = differs(&change.name, &channel.name);
        if renamed || differs(&change.display_name, &channel.display_name) {
            facts.check_team()?;
        }
        check_channel_active(channel)?;
        if renamed && is_town_square(channel) {
            return Err(invalid_channel("every team has a channel `town-square`"));
        }
        let change = checked_change(change, channel)?;
        let change = ChannelChange { kind: None, delete_at: None, ..change };
        let changed = self.store.change_channel(id, change, None, self.clock.now()).await;
        let channel = changed.map_err(|error| name_taken(error, Kind::Channel))?;
        let channel = channel.ok_or(ChatError::NotFound(Kind::Channel))?;
        self.publish_channel(&channel).await;
        Ok(channel)
    }

    /// Makes a channel public or private.
    pub async fn convert_channel(
        &self,
        user: &User,
        id: &ChannelId,
        kind: ChannelKind,
    ) -> Result<Channel, ChatError> {
        let channel = self.openable_channel(user, id).await?;
        check_channel_active(&channel)?;
        if is_town_square(&channel) && kind != ChannelKind::Public {
            return Err(invalid_channel("`town-square` is open to every member of the team"));
        }
        if channel.kind == kind {
            return Ok(channel);
        }
        let text = match kind {
            ChannelKind::Public => {
                "This channel has been converted to a Public Channel and can be joined by any team member."
            }
            _ => "This channel has been converted to a Private Channel.",
        };
        let conversion = Conversion {
            action: "channel.convert",
            change: ChannelChange { kind: Some(kind), ..ChannelChange::default() },
            kind: "system_change_chan_privacy",
            text: text.to_owned(),
        };
        let channel = self.convert(user, &channel, conversion).await?;
        self.publish_channel(&channel).await;
        if let Some(team) = &channel.team_id {
            self.publish_to_team(team, "channel_converted", &json!({"channel_id": channel.id})).await;
        }
        Ok(channel)
    }

    /// Archives a channel: it stays readable, but accepts no posts. Changes nothing if it is archived already.
    pub async fn archive_channel(&self, user: &User, id: &ChannelId) -> Result<(), ChatError> {
        let facts = self.entered_channel(user, id).await?;
        facts.check_team()?;
        let ChannelFacts { channel, mine, team } = &facts;
        rules::change_channel(user, channel, mine.as_ref(), team.as_ref())?;
        if is_town_square(channel) {
            return Err(invalid_channel("every team has a channel `town-square`"));
        }
        if !channel.delete_at.is_never() {
            return Ok(());
        }
        let delete_at = Some(self.clock.now());
        let conversion = Conversion {
            action: "channel.archive",
            change: ChannelChange { delete_at, ..ChannelChange::default() },
            kind: "system_channel_deleted",
            text: format!("{} archived the channel.", user.username),
        };
        let channel = self.convert(user, channel, conversion).await?;
        let data = json!({"channel_id": channel.id, "delete_at": channel.delete_at});
        self.publish_where_visible(&channel, "channel_deleted", &data).await;
        Ok(())
    }

    /// Restores an archived channel.
    pub async fn restore_channel(&self, user: &User, id: &ChannelId) -> Result<Channel, ChatError> {
        let channel = self.openable_channel(user, id).await?;
        if channel.delete_at.is_never() {
            return Err(invalid_channel("the channel is not archived"));
        }
        let delete_at = Some(Timestamp::NEVER);
        let conversion = Conversion {
            action: "channel.restore",
            change: ChannelChange { delete_at, ..ChannelChange::default() },
            kind: "system_channel_restored",
            text: format!("{} unarchived the channel.", user.username),
        };
        let channel = self.convert(user, &channel, conversion).await?;
        self.publish_where_visible(&channel, "channel_restored", &json!({"channel_id": channel.id})).await;
        Ok(channel)
    }

    /// Returns a channel of a team that the user may convert and restore.
    async fn openable_channel(&self, user: &User, id: &ChannelId) -> Result<Channel, ChatError> {
        let facts = self.entered_channel(user, id).await?;
        facts.check_team()?;
        rules::open_channel(user, facts.team.as_ref())?;
        Ok(facts.channel)
    }

    /// Writes a change together with its audit row and its system message, and publishes the message.
    async fn convert(
        &self,
        user: &User,
        channel: &Channel,
        conversion: Conversion,
    ) -> Result<Channel, ChatError> {
        let Conversion { action, change, kind, text } = conversion;
        let (kept, now) = (Some(audited(channel.kind, channel.delete_at)), self.clock.now());
        let becomes =
            audited(change.kind.unwrap_or(channel.kind), change.delete_at.unwrap_or(channel.delete_at));
        let thing = ("channel", channel.id.as_str());
        let audit = audit_row(&self.clock, Some(user), action, thing, kept, Some(becomes));
        let at = self.clock.stamp();
        let line =
            Post::system(self.clock.id(), user, &Place::from(channel), PostKind::system(kind), text, at);
        let store = self.store.with_audit(audit.only_differences());
        let changed = store.change_channel(&channel.id, change, Some(line.clone()), now).await?;
        let channel = changed.ok_or(ChatError::NotFound(Kind::Channel))?;
        self.publish_line(user, &channel, line).await;
        Ok(channel)
    }

    /// Publishes a changed channel to its members.
    async fn publish_channel(&self, channel: &Channel) {
        let data = json!({"channel": wire::text(&ChannelResponse::from(channel.clone()))});
        self.publish_to_channel(&channel.id, "channel_updated", &data).await;
    }

    /// Publishes to the users who may know that the channel exists: the whole team for a public one, else its members.
    async fn publish_where_visible(&self, channel: &Channel, name: &'static str, data: &Value) {
        match &channel.team_id {
            Some(team) if channel.kind == ChannelKind::Public => self.publish_to_team(team, name, data).await,
            _ => self.publish_to_channel(&channel.id, name, data).await,
        }
    }
}

/// Returns what an audit row says about a channel.
fn audited(kind: ChannelKind, delete_at: Timestamp) -> Value {
    json!({"type": kind.letter(), "delete_at": delete_at})
}

/// Checks a change. A name that predates the rules may stay.
fn checked_change(mut change: ChannelChange, channel: &Channel) -> Result<ChannelChange, ChatError> {
    if let Some(name) = change.name.as_ref().filter(|name| **name != channel.name) {
        check_channel_name(name)?;
    }
    if let Some(name) = change.display_name.as_mut().filter(|name| **name != channel.display_name) {
        *name = checked_display_name(Kind::Channel, name)?;
    }
    check_length(Kind::Channel, "header", change.header.as_deref().unwrap_or_default(), 0, MAX_HEADER)?;
    check_length(Kind::Channel, "purpose", change.purpose.as_deref().unwrap_or_default(), 0, MAX_PURPOSE)?;
    Ok(change)
}
