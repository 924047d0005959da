//! Slash commands: find the one that a line names, run it, and show its response. A command belongs to a plugin or to a
//! team, or is built in.

mod builtins;
mod later;
mod manage;
mod plugin;
mod posting;
mod reply;
mod request;
mod suggestions;
mod words;

pub use builtins::{BUILTINS, Builtin};
pub use manage::{CommandSettings, ManagedCommand};
pub use reply::ExecuteResponse;
pub use suggestions::{Suggestion, hint};

use std::sync::Arc;
use std::time::Duration;

use crate::access::{Access, AccessError, rules};
use crate::chat::{Chat, ChatError};
use crate::clock::Clock;
use crate::egress::http::GuardedClient;
use crate::model::{Channel, ChannelId, Kind, Place, PostId, Team, TeamId, User};
use crate::plugin::{CallError, Plugins};
use crate::secret::Sealer;
use crate::slack::ReadError;
use crate::store::{Store, StoreError};

/// Longest trigger that an error repeats, in characters.
const MAX_NAMED_TRIGGER: usize = 512;

/// Handles for slash commands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Commands {
    pub store: Store,
    pub access: Access,
    pub chat: Chat,
    pub plugins: Plugins,
    pub clock: Clock,
    pub sealer: Sealer,
    /// Sends the requests of commands.
    pub client: GuardedClient,
    /// The address that links to this server start with, without a trailing slash.
    pub site_url: Arc<str>,
    pub policy: CommandPolicy,
}

/// What the operator allows commands to do.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Debug, Clone, Copy)]
pub struct CommandPolicy {
    /// How long a plugin may take.
    pub plugin_timeout: Duration,
    pub enabled: bool,
    pub username_override: bool,
    pub icon_override: bool,
    /// Whether members of a team may create commands, or only its administrators.
    pub member_commands: bool,
    pub commands_per_account: u32,
}

/// A line that a client sends.
#[derive(Debug, Clone)]
pub struct CommandLine {
    pub channel_id: String,
    /// The team that the user sees beside a channel of no team. Other channels have their own.
    pub team_id: Option<TeamId>,
    pub root_id: Option<PostId>,
    /// The slash, the trigger and what follows it.
    pub text: String,
}

/// A command that is being run.
struct Invocation<'a> {
    caller: &'a Arc<User>,
    channel: &'a Channel,
    /// None in a channel of no team if the client names none.
    team: Option<&'a Team>,
    place: &'a Place,
    /// Everything after the trigger and one white space, as typed.
    text: &'a str,
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
    #[error("slash commands are switched off on this server; ask its operator to set `commands.enabled`")]
    Disabled,
    #[error("there is no such {0}")]
    Missing(Kind),
    #[error("a {0} with this trigger exists already; choose another one")]
    Taken(Kind),
    #[error("`{field}` is not valid: {reason}")]
    Invalid { field: &'static str, reason: String },
    #[error("/{trigger} did not succeed: {reason}")]
    BadStatus { trigger: String, reason: String },
    #[error("/{trigger} did not succeed: {reason}")]
    BadResponse { trigger: String, reason: String },
    #[error("this address for responses does not exist, or its time is over; run the command again")]
    NoAddress,
    #[error("this address for responses was used as often as it may be; run the command again")]
    UsedUp,
    #[error("the command of this response was deleted; create it again")]
    CommandGone,
    #[error("the response cannot be read: {0}")]
    Unreadable(#[source] ReadError),
    #[error("the command's response was not posted: {0}")]
    NotPosted(#[source] ChatError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Commands {
    /// Runs a line, and returns the response to the caller. Everything the command causes is committed before this
    /// returns.
    pub async fn execute(
        &self,
        caller: &Arc<User>,
        line: CommandLine,
    ) -> Result<ExecuteResponse, CommandError> {
        if !self.policy.enabled {
            return Err(CommandError::Disabled);
        }
        let (trigger, text) = parse(&line.text)?;
        let channel: ChannelId = line.channel_id.parse().map_err(|_| CommandError::NotACommand)?;
        let channel = self.chat.postable_channel(caller, &channel, None).await?;
        let team = self.team_of(caller, &channel, line.team_id.as_ref()).await?;
        let team_id = team.as_ref().map(|team| team.id.clone());
        let place = Place { team_id, channel_id: channel.id.clone(), root_id: line.root_id };
        if let Some(command) = self.plugins.command(&trigger) {
            self.check_root(&channel, &place).await?;
            return Ok(plugin::run(self, &command, caller, (&channel, &place), text).await?.into());
        }
        let invocation = Invocation { caller, channel: &channel, team: team.as_ref(), place: &place, text };
        if let Some(builtin) = builtins::find(&trigger) {
            self.check_root(&channel, &place).await?;
            return builtins::run(self, builtin, &invocation).await;
        }
        // In a channel of no team, the client says whose commands are meant.
        let team = invocation.team.ok_or_else(rules::hidden_team)?;
        let Some(command) = self.store.commands().by_trigger(&team.id, &trigger).await? else {
            return Err(CommandError::NotFound(trigger.chars().take(MAX_NAMED_TRIGGER).collect()));
        };
        // Here, a thread that does not exist is a failure of the response.
        self.check_root(&channel, &place).await.map_err(CommandError::NotPosted)?;
        Box::pin(self.request(&command, &invocation, team)).await
    }

    async fn check_root(&self, channel: &Channel, place: &Place) -> Result<(), ChatError> {
        match &place.root_id {
            Some(root) => self.chat.check_root(channel, root).await,
            None => Ok(()),
        }
    }

    /// Returns the channel's team; in a channel of no team the one that the client shows, which must be one of the
    /// caller's.
    async fn team_of(
        &self,
        caller: &User,
        channel: &Channel,
        named: Option<&TeamId>,
    ) -> Result<Option<Team>, CommandError> {
        match (&channel.team_id, named) {
            (Some(team), _) => Ok(self.store.team(team).await?),
            (None, Some(team)) => Ok(Some(self.chat.enter_team(caller, team).await?)),
            // A system administrator may be in none.
            (None, None) => {
                rules::enter_team(caller, None)?;
                Ok(None)
            }
        }
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
        assert_eq!(parse("/ hello").unwrap(), (String::new(), "hello"));
        assert_eq!(parse("//double").unwrap(), ("/double".to_owned(), ""));
    }

    #[test]
    fn a_line_without_a_slash_and_a_sign_after_it_is_not_a_command() {
        for line in ["", "hello", "/", " /hello"] {
            assert!(matches!(parse(line), Err(CommandError::NotACommand)), "{line}");
        }
    }
}
