//! `/header`, `/purpose`, `/rename` and `/mute`.

use std::sync::Arc;

use serde_json::Map;

use super::Misuse;
use super::statuses::own_account;
use crate::command::{Commands, ExecuteResponse, Invocation};
use crate::model::{Channel, ChannelChange};

impl Commands {
    pub(super) async fn set_header(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let header = Some(given(call)?);
        self.change(call, ChannelChange { header, ..ChannelChange::default() }).await
    }

    pub(super) async fn set_purpose(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let purpose = Some(given(call)?);
        if call.channel.team_id.is_none() {
            return Err(Misuse::text("direct and group channels have no purpose"));
        }
        self.change(call, ChannelChange { purpose, ..ChannelChange::default() }).await
    }

    pub(super) async fn rename(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let display_name = Some(given(call)?);
        self.change(call, ChannelChange { display_name, ..ChannelChange::default() }).await
    }

    /// Mutes a channel for the caller, or ends that.
    pub(super) async fn mute(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let named = match call.text.trim() {
            "" => None,
            name => Some(self.named_channel(call, name).await?),
        };
        let channel: &Channel = named.as_ref().unwrap_or(call.channel);
        let caller = &call.caller.id;
        let membership = self.chat.member_of(Arc::clone(call.caller), &channel.id, caller).await?;
        let is_muted = membership.notify_props.get("mark_unread").is_some_and(|value| value == "mention");
        let (value, done) = if is_muted { ("all", "no longer muted") } else { ("mention", "muted") };
        let settings = Map::from_iter([("mark_unread".to_owned(), value.into())]);
        self.chat.set_channel_notify(&own_account(call)?, &channel.id, settings).await?;
        let name = if channel.display_name.is_empty() { "This channel" } else { &channel.display_name };
        Ok(ExecuteResponse::whisper(format!("{name} is {done}")))
    }

    /// Returns a channel of the team that the caller may look up, by its name with or without `~`.
    pub(super) async fn named_channel(&self, call: &Invocation<'_>, name: &str) -> Result<Channel, Misuse> {
        let team = call.team.ok_or_else(|| Misuse::text("use it in a channel of a team"))?;
        let name = name.trim_start_matches('~');
        Ok(self.chat.visible_channel_by_name(call.caller, &team.id, name, false).await?.channel)
    }

    async fn change(&self, call: &Invocation<'_>, change: ChannelChange) -> Result<ExecuteResponse, Misuse> {
        let editor = self.chat.channel_editor(Arc::clone(call.caller), &call.channel.id).await?;
        self.chat.change_channel(&editor, change).await?;
        Ok(ExecuteResponse::default())
    }
}

fn given(call: &Invocation<'_>) -> Result<String, Misuse> {
    let text = call.text.trim();
    if text.is_empty() { Err(Misuse::text("write the text after the command")) } else { Ok(text.to_owned()) }
}
