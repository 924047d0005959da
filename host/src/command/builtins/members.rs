//! `/join`, `/leave`, `/invite` and `/kick`.

use super::Misuse;
use crate::access::rules;
use crate::command::{Commands, ExecuteResponse, Invocation};
use crate::model::{Channel, ChannelKind, FIRST_CHANNELS, User};

impl Commands {
    pub(super) async fn join(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let name = call.text.trim();
        if name.is_empty() {
            return Err(Misuse::text("write the name of a channel after the command"));
        }
        let channel = self.named_channel(call, name).await?;
        let caller = &call.caller.id;
        if !self.store.is_channel_member(&channel.id, caller).await? {
            if channel.kind != ChannelKind::Public {
                return Err(Misuse::text("only members of this channel add others to it"));
            }
            self.chat.add_to_channel(call.caller, &channel.id, caller, None).await?;
        }
        Ok(ExecuteResponse::goto(self.address_of(call, &channel.name)))
    }

    pub(super) async fn leave(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        self.chat.remove_from_channel(call.caller, &call.channel.id, &call.caller.id).await?;
        Ok(ExecuteResponse::goto(self.address_of(call, FIRST_CHANNELS[0].0)))
    }

    /// Adds a user to this channel, or to the named one.
    pub(super) async fn invite(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let mut words = call.text.split_whitespace();
        let user = self.named_user(call, words.next().unwrap_or_default()).await?;
        let named = match words.next() {
            Some(name) => Some(self.named_channel(call, name).await?),
            None => None,
        };
        let channel: &Channel = named.as_ref().unwrap_or(call.channel);
        if self.store.is_channel_member(&channel.id, &user.id).await? {
            return Err(Misuse::text(format!("{} is a member already", user.username)));
        }
        self.chat.add_to_channel(call.caller, &channel.id, &user.id, None).await?;
        Ok(ExecuteResponse::whisper(format!("{} was added to {}", user.username, channel.display_name)))
    }

    pub(super) async fn kick(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let name = call.text.split_whitespace().next().unwrap_or_default();
        let user = self.named_user(call, name).await?;
        self.chat.remove_from_channel(call.caller, &call.channel.id, &user.id).await?;
        Ok(ExecuteResponse::default())
    }

    /// Returns a user by the name with or without `@`. For a guest, a user whom they do not know does not exist.
    pub(super) async fn named_user(&self, call: &Invocation<'_>, name: &str) -> Result<User, Misuse> {
        let name = name.trim_start_matches('@').to_lowercase();
        if name.is_empty() {
            return Err(Misuse::text("write the name of a user after the command"));
        }
        let unknown = || Misuse::text("there is no user with this name");
        let user = self.store.user_by_username(&name).await?.filter(|user| user.delete_at.is_never());
        let user = user.ok_or_else(unknown)?;
        let caller = &call.caller.id;
        if rules::is_guest(call.caller) && user.id != *caller && !self.store.knows(caller, &user.id).await? {
            return Err(unknown());
        }
        Ok(user)
    }
}
