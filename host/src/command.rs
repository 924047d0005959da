//! Slash commands: find the plugin, call it, and commit its changes together with its reply.

mod suggestions;
mod words;

pub use suggestions::{Suggestion, hint};

use std::time::Duration;

use crate::access::{AccessError, rules};
use crate::chat::{Chat, ChatError, Origin, compose};
use crate::clock::Clock;
use crate::model::{
    Changes, Channel, ChannelId, CommandInvocation, CommandReply, Message, Place, Post, PostId, PostKind,
    TeamId, User, Visibility,
};
use crate::plugin::{Active, CallError, CallRequest, CommitResult, Entrance, Plugins};
use crate::runtime::{Fault, RefusalKind};
use crate::store::StoreError;

/// Longest trigger that an error repeats, in characters.
const MAX_NAMED_TRIGGER: usize = 512;

/// Handles for slash commands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Commands {
    pub chat: Chat,
    pub plugins: Plugins,
    pub clock: Clock,
    /// How long a plugin may take.
    pub timeout: Duration,
}

/// Where a user runs a command.
#[derive(Debug, Clone, Copy)]
pub struct CommandPlace<'a> {
    pub channel: &'a ChannelId,
    /// The team that the user's client shows. It counts in a direct or group channel; others have a team.
    pub team: Option<&'a TeamId>,
    /// The first post of the thread.
    pub root: Option<&'a PostId>,
}

/// Why a command was not run, or failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("this is not a command; begin it with `/` and the name of a command")]
    NotACommand,
    #[error("there is no command /{0}; list the commands to see their names")]
    NotFound(String),
    #[error("/{trigger}: {error}")]
    Call {
        trigger: String,
        #[source]
        error: CallError,
    },
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Commands {
    /// Runs a line that begins with a slash and a trigger, and returns the reply to the caller; none if the plugin
    /// sends none. Everything the command causes is committed before this returns.
    pub async fn execute(
        &self,
        user: &User,
        at: CommandPlace<'_>,
        line: &str,
    ) -> Result<Option<CommandReply>, CommandError> {
        let (trigger, raw) = parse(line)?;
        let channel = self.chat.postable_channel(user, at.channel, at.root).await?;
        let team_id = self.team_of(user, &channel, at.team).await?;
        let command = self
            .plugins
            .command(&trigger)
            .ok_or_else(|| CommandError::NotFound(trigger.chars().take(MAX_NAMED_TRIGGER).collect()))?;
        let place = Place { team_id, channel_id: channel.id.clone(), root_id: at.root.cloned() };
        let args = words::named(command.record(), raw);
        let invocation = CommandInvocation { name: trigger, args, raw: raw.to_owned() };
        let request = CallRequest {
            plugin: &command.plugin,
            input: &invocation,
            actor: Some(user),
            place: &place,
            deadline: self.timeout,
        };
        let run = Run {
            commands: self,
            user,
            channel: &channel,
            plugin: &command.plugin,
            place: &place,
            invocation: &invocation,
        };
        self.plugins.call(request, &run).await
    }

    /// Returns the team in which a command runs: the channel's or, in a channel of no team, the one that the client
    /// shows. A user must be in that one, and a system administrator may be in none.
    async fn team_of(
        &self,
        user: &User,
        channel: &Channel,
        shown: Option<&TeamId>,
    ) -> Result<Option<TeamId>, CommandError> {
        if channel.team_id.is_some() {
            return Ok(channel.team_id.clone());
        }
        let Some(team) = shown else {
            rules::enter_team(user, None)?;
            return Ok(None);
        };
        Ok(Some(self.chat.enter_team(user, team).await?.id))
    }
}

/// A command that runs.
struct Run<'a> {
    commands: &'a Commands,
    user: &'a User,
    channel: &'a Channel,
    plugin: &'a Active,
    place: &'a Place,
    invocation: &'a CommandInvocation,
}

impl Entrance<CommandInvocation> for Run<'_> {
    type Response = Option<CommandReply>;
    type Error = CommandError;

    fn add(&self, reply: Option<CommandReply>, changes: &mut Changes) -> Option<CommandReply> {
        let reply = reply?;
        if reply.message.is_empty() {
            return Some(reply);
        }
        let clock = &self.commands.clock;
        match reply.visibility {
            Visibility::InChannel => {
                let posts = compose(clock, &self.user.id, self.place, &reply.message, &Origin::Command);
                changes.posts.extend(posts);
            }
            Visibility::Ephemeral => {
                let author = &self.plugin.installed.bot_user_id;
                for post in compose(clock, author, self.place, &reply.message, &Origin::Command) {
                    let post = Post { kind: PostKind::ephemeral(), ..post };
                    changes.ephemeral.push((self.user.id.clone(), post));
                }
            }
        }
        Some(reply)
    }

    async fn commit(&self, changes: Changes) -> Result<CommitResult, CommandError> {
        Ok(self.commands.chat.commit_call(Some((self.user, self.channel)), changes).await?)
    }

    async fn failed(&self, error: CallError) -> Result<Option<CommandReply>, CommandError> {
        // A refusal for the user is a reply like any other; what the call did before is dropped.
        if let CallError::Fault { fault, .. } = &error
            && let Fault::Refused { kind: RefusalKind::User, text } = &**fault
        {
            let message = Message::text(text.clone());
            let reply = CommandReply { visibility: Visibility::Ephemeral, message, goto_url: None };
            let mut changes = Changes::default();
            let reply = self.add(Some(reply), &mut changes);
            self.commands.chat.publish(changes).await?;
            return Ok(reply);
        }
        let trigger = self.invocation.name.clone();
        let cause = error.to_string();
        if self.plugin.program.may_log([&trigger, &cause].map(String::as_str), self.commands.clock.now()) {
            // The plugin's text is a quoted value, as in the lines that it logs itself.
            tracing::warn!(trigger, cause, "a command failed");
        }
        Err(CommandError::Call { trigger, error })
    }
}

/// The trigger in lower case, and everything after the one white space that ends it.
fn parse(line: &str) -> Result<(String, &str), CommandError> {
    let body = line.strip_prefix('/').filter(|body| !body.is_empty()).ok_or(CommandError::NotACommand)?;
    let (trigger, raw) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    Ok((trigger.to_lowercase(), raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trigger_ends_at_the_first_white_space() {
        assert_eq!(parse("/Weather\ttoronto now").unwrap(), ("weather".to_owned(), "toronto now"));
        assert_eq!(parse("/roll").unwrap(), ("roll".to_owned(), ""));
    }

    #[test]
    fn a_line_without_a_trigger_is_not_a_command() {
        for line in ["", "hello", "/", " /hello"] {
            assert!(matches!(parse(line), Err(CommandError::NotACommand)), "{line}");
        }
        assert_eq!(parse("/ hello").unwrap(), (String::new(), "hello"));
    }
}
