//! Changing channels: names and descriptions, conversion, and the archive. What changes who reads a channel is audited,
//! and its members find a system message about it in the channel, written in the same transaction.

use serde_json::{Value, json};

use crate::access::{ChannelEditor, ChannelOpener, Prohibition, audit_row};
use crate::chat::checks::{
    MAX_HEADER, MAX_PURPOSE, check_channel_active, check_channel_name, check_length, check_of_team,
    checked_display_name, is_town_square, name_taken,
};
use crate::chat::{Chat, ChatError};
use crate::model::wire::{self, ChannelResponse};
use crate::model::{
    Channel, ChannelChange, ChannelKind, ChannelWithCounts, Kind, Post, SystemMessage, Timestamp, User,
};
use crate::store::Store;

/// A change of who reads a channel, or whether it takes posts.
struct Conversion {
    /// The action in the audit.
    action: &'static str,
    change: ChannelChange,
    message: SystemMessage<'static>,
}

impl Chat {
    /// Changes a channel's names and descriptions. Absent fields stay unchanged.
    pub async fn change_channel(
        &self,
        editor: &ChannelEditor,
        change: ChannelChange,
    ) -> Result<ChannelWithCounts, ChatError> {
        let (user, channel) = (editor.caller(), editor.channel());
        let differs = |new: &Option<String>, old: &str| new.as_deref().is_some_and(|new| new != old);
        let renamed = differs(&change.name, &channel.name);
        if channel.team_id.is_none() && (renamed || differs(&change.display_name, &channel.display_name)) {
            return Err(Prohibition::RenameDirect.into());
        }
        if change.kind.is_some_and(|kind| kind != channel.kind) {
            return Err(Prohibition::RetypeChannel.into());
        }
        check_channel_active(channel)?;
        if renamed && is_town_square(channel) {
            return Err(Prohibition::RenameTownSquare.into());
        }
        let change = checked_change(change, channel)?;
        let change = ChannelChange { kind: None, delete_at: None, ..change };
        let messages = self.change_messages(user, channel, &change);
        let channel = self.write_change(user, &self.store, channel, change, messages).await?;
        self.publish_channel(&channel).await;
        Ok(channel)
    }

    /// Makes a channel public or private.
    pub async fn convert_channel(
        &self,
        opener: &ChannelOpener,
        kind: ChannelKind,
    ) -> Result<ChannelWithCounts, ChatError> {
        let channel = opener.channel();
        check_of_team(channel)?;
        check_channel_active(channel)?;
        if is_town_square(channel) && kind != ChannelKind::Public {
            return Err(Prohibition::CloseTownSquare.into());
        }
        if channel.kind == kind {
            return self.channel_with_counts(&channel.id).await;
        }
        let conversion = Conversion {
            action: "channel.convert",
            change: ChannelChange { kind: Some(kind), ..ChannelChange::default() },
            message: SystemMessage::Convert(kind),
        };
        let channel = self.convert(opener.caller(), channel, conversion).await?;
        self.publish_channel(&channel).await;
        if let Some(team) = &channel.team_id {
            let data = json!({"channel_id": channel.id});
            self.publish_around_channel((&channel.id, team), "channel_converted", &data).await;
        }
        Ok(channel)
    }

    /// Archives a channel: it stays readable, but accepts no posts.
    pub async fn archive_channel(&self, editor: &ChannelEditor) -> Result<(), ChatError> {
        let channel = editor.channel();
        if channel.team_id.is_none() {
            return Err(Prohibition::ArchiveDirect.into());
        }
        if is_town_square(channel) {
            return Err(Prohibition::ArchiveTownSquare.into());
        }
        if !channel.delete_at.is_never() {
            return Err(Prohibition::ArchiveTwice.into());
        }
        let delete_at = Some(self.clock.now());
        let conversion = Conversion {
            action: "channel.archive",
            change: ChannelChange { delete_at, ..ChannelChange::default() },
            message: SystemMessage::Archive,
        };
        let channel = self.convert(editor.caller(), channel, conversion).await?;
        let data = json!({"channel_id": channel.id, "delete_at": channel.delete_at});
        self.publish_where_visible(&channel, "channel_deleted", &data).await;
        Ok(())
    }

    /// Restores an archived channel.
    pub async fn restore_channel(&self, opener: &ChannelOpener) -> Result<ChannelWithCounts, ChatError> {
        let channel = opener.channel();
        check_of_team(channel)?;
        if channel.delete_at.is_never() {
            return Err(Prohibition::RestoreActive.into());
        }
        let delete_at = Some(Timestamp::NEVER);
        let conversion = Conversion {
            action: "channel.restore",
            change: ChannelChange { delete_at, ..ChannelChange::default() },
            message: SystemMessage::Restore,
        };
        let channel = self.convert(opener.caller(), channel, conversion).await?;
        self.publish_where_visible(&channel, "channel_restored", &json!({"channel_id": channel.id})).await;
        Ok(channel)
    }

    /// Writes a change together with its audit row and its system message, and publishes the message.
    async fn convert(
        &self,
        user: &User,
        channel: &Channel,
        conversion: Conversion,
    ) -> Result<ChannelWithCounts, ChatError> {
        let Conversion { action, change, message } = conversion;
        let kept = Some(audit_value(channel.kind, channel.delete_at));
        let becomes =
            audit_value(change.kind.unwrap_or(channel.kind), change.delete_at.unwrap_or(channel.delete_at));
        let thing = ("channel", channel.id.as_str());
        let audit = audit_row(&self.clock, Some(user), action, thing, kept, Some(becomes));
        let store = self.store.with_audit(audit.only_differences());
        self.write_change(user, &store, channel, change, vec![self.system_post(user, channel, message)]).await
    }

    /// Writes a change of a channel together with its system messages, and publishes these.
    async fn write_change(
        &self,
        user: &User,
        store: &Store,
        channel: &Channel,
        change: ChannelChange,
        messages: Vec<Post>,
    ) -> Result<ChannelWithCounts, ChatError> {
        let (written, mentioned) = self.counted_messages(messages).await?;
        let messages = written.posts.clone();
        let changed = store.change_channel(&channel.id, change, written, self.clock.now()).await;
        let channel = changed.map_err(|error| name_taken(error, Kind::ChannelName))?;
        let channel = channel.ok_or(ChatError::NotFound(Kind::Channel))?;
        self.publish_committed(user, &channel, messages.into_iter().zip(mentioned)).await;
        Ok(channel)
    }

    /// Returns a message for each text that a change of the channel replaces.
    fn change_messages(&self, user: &User, channel: &Channel, change: &ChannelChange) -> Vec<Post> {
        let ChannelChange { display_name, header, purpose, .. } = change;
        let mut messages = Vec::new();
        let mut add = |message| messages.push(self.system_post(user, channel, message));
        if let Some((old, new)) = replaced(&channel.display_name, display_name.as_deref()) {
            add(SystemMessage::ChangeDisplayName { old, new });
        }
        if let Some((old, new)) = replaced(&channel.header, header.as_deref()) {
            add(SystemMessage::ChangeHeader { old, new });
        }
        if let Some((old, new)) = replaced(&channel.purpose, purpose.as_deref()) {
            add(SystemMessage::ChangePurpose { old, new });
        }
        messages
    }

    /// Publishes a changed channel to its members.
    pub(in crate::chat) async fn publish_channel(&self, channel: &ChannelWithCounts) {
        let data = json!({"channel": wire::text(&ChannelResponse::from(channel.clone()))});
        self.publish_to_channel(&channel.id, "channel_updated", &data).await;
    }

    /// Publishes to the users who may know that the channel exists: its members, and for a public one also its team's
    /// except guests.
    async fn publish_where_visible(&self, channel: &Channel, name: &'static str, data: &Value) {
        match &channel.team_id {
            Some(team) if channel.kind == ChannelKind::Public => {
                self.publish_around_channel((&channel.id, team), name, data).await;
            }
            _ => self.publish_to_channel(&channel.id, name, data).await,
        }
    }
}

/// Returns a text and the one that replaces it, if they differ.
fn replaced<'t>(old: &'t str, new: Option<&'t str>) -> Option<(&'t str, &'t str)> {
    new.filter(|new| *new != old).map(|new| (old, new))
}

/// Returns what an audit row says about a channel.
fn audit_value(kind: ChannelKind, delete_at: Timestamp) -> Value {
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
