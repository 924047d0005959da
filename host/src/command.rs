//! Slash commands: find who answers, run it, commit what it asked for together with its reply.

mod offer;
mod words;

pub use offer::{AvailableCommand, Suggestion, hint};

use std::time::Duration;

use crate::access::rules;
use crate::chat::{Chat, ChatError, Origin, compose};
use crate::clock::Clock;
use crate::effect::{self, Denied};
use crate::model::{
    Changes, ChannelId, CommandInvocation, CommandReply, Place, Post, PostId, PostKind, User, Visibility,
};
use crate::plugin::{Active, Plugins};
use crate::runtime::{Fault, Refusal};
use crate::store::{Store, StoreError};

/// Longest trigger named back in an error, in characters.
const MAX_NAMED_TRIGGER: usize = 512;

/// Handles for slash commands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Commands {
    pub store: Store,
    pub chat: Chat,
    pub plugins: Plugins,
    pub clock: Clock,
    /// How long a plugin may take.
    pub timeout: Duration,
}

/// What somebody typed, and where.
#[derive(Debug, Clone)]
pub struct Typed {
    pub channel_id: ChannelId,
    pub root_id: Option<PostId>,
    /// The whole line, `/trigger` first.
    pub line: String,
}

/// What the caller is told; messages themselves travel by WebSocket.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    pub visibility: Option<Visibility>,
    pub text: String,
    pub goto_url: Option<String>,
}

/// Why a command was not run, or did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("a command starts with `/` and a name")]
    NotACommand,
    #[error("there is no command /{0}")]
    NotFound(String),
    /// As it stands only for the log: the fault may be its author's business.
    #[error("/{trigger} did not succeed: {failed} (plugin {plugin}, call {call})")]
    Failed {
        trigger: String,
        plugin: String,
        call: String,
        #[source]
        failed: Box<Fault>,
    },
    #[error("/{trigger} asked for something it may not do: {denied} (plugin {plugin}, call {call})")]
    Denied {
        trigger: String,
        plugin: String,
        call: String,
        #[source]
        denied: Denied,
    },
    #[error("/{trigger} lost every race for the values its plugin keeps: try again")]
    Contended { trigger: String },
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Commands {
    /// Runs what somebody typed. Everything the command causes is committed before this answers.
    pub async fn execute(&self, by: &User, typed: &Typed) -> Result<Answer, CommandError> {
        let (trigger, raw) = parse(&typed.line)?;
        let channel = self.chat.readable_channel(by, &typed.channel_id).await?;
        let member = self.store.channel_member(&channel.id, &by.id).await?;
        rules::post_in(by, &channel, member.as_ref()).map_err(ChatError::from)?;
        self.chat.check_root(&channel, typed.root_id.as_ref()).await?;
        let plugin = self
            .plugins
            .for_command(&trigger)
            .ok_or_else(|| CommandError::NotFound(trigger.chars().take(MAX_NAMED_TRIGGER).collect()))?;
        let place = Place { root_id: typed.root_id.clone(), ..Place::from(&channel) };
        let args = words::named(&plugin.manifest, &trigger, raw);
        let invocation = CommandInvocation { name: trigger, args, raw: raw.to_owned() };
        for _ in 0..effect::ATTEMPTS {
            let (answer, changes) = self.run(by, &plugin, &place, &invocation).await?;
            match self.chat.publish(changes).await {
                Ok(()) => return Ok(answer),
                // A value changed under the call: nothing of it remains, so it runs again on what is there now.
                Err(ChatError::Store(error)) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Contended { trigger: invocation.name })
    }

    /// Has the plugin answer. Nothing is written: the answer's changes are the caller's to commit.
    async fn run(
        &self,
        by: &User,
        plugin: &Active,
        place: &Place,
        invocation: &CommandInvocation,
    ) -> Result<(Answer, Changes), CommandError> {
        let call = self.plugins.begin(plugin, Some(by), Some(place.clone()));
        let trigger = invocation.name.clone();
        let (id, name) = (call.id.clone(), plugin.installed.id.to_string());
        let finished = self.plugins.runtime().command(&plugin.program, &call, invocation, self.timeout).await;
        let (reply, effects) = match finished {
            Ok(finished) => (finished.value, finished.effects),
            // A refusal for the user is an answer like any other, and what it did before is dropped.
            Err(Fault::Refused { kind: Refusal::User, text }) => (Some(refusal(text)), Vec::new()),
            Err(failed) => {
                let error: &dyn std::error::Error = &failed;
                tracing::warn!(call = id, plugin = name, trigger, error, "a command failed");
                return Err(CommandError::Failed {
                    trigger,
                    plugin: name,
                    call: id,
                    failed: Box::new(failed),
                });
            }
        };
        let mut changes = effect::plan(effects, &plugin.grants, &call, self.clock.now())
            .map_err(|denied| CommandError::Denied { trigger, plugin: name, call: id, denied })?;
        let answer = self.add_reply(&mut changes, by, plugin, place, reply);
        Ok((answer, changes))
    }

    fn add_reply(
        &self,
        changes: &mut Changes,
        by: &User,
        plugin: &Active,
        place: &Place,
        reply: Option<CommandReply>,
    ) -> Answer {
        let Some(reply) = reply else { return Answer::default() };
        let answer = Answer {
            visibility: Some(reply.visibility),
            text: reply.message.text.clone(),
            goto_url: reply.goto_url.clone(),
        };
        if reply.message.is_empty() {
            return answer;
        }
        match reply.visibility {
            Visibility::InChannel => {
                let posts = compose(&self.clock, &by.id, place, &reply.message, &Origin::Command);
                let said = self.chat.changes(posts);
                changes.posts.extend(said.posts);
                changes.jobs.extend(said.jobs);
            }
            Visibility::Ephemeral => {
                let author = &plugin.installed.bot_user_id;
                for post in compose(&self.clock, author, place, &reply.message, &Origin::Command) {
                    changes.ephemeral.push((by.id.clone(), Post { kind: PostKind::ephemeral(), ..post }));
                }
            }
        }
        answer
    }
}

/// Trigger in lower case, and everything after the one blank behind it.
fn parse(line: &str) -> Result<(String, &str), CommandError> {
    let body = line.strip_prefix('/').filter(|body| !body.is_empty()).ok_or(CommandError::NotACommand)?;
    let (trigger, raw) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    if trigger.is_empty() {
        return Err(CommandError::NotACommand);
    }
    Ok((trigger.to_lowercase(), raw))
}

fn refusal(text: String) -> CommandReply {
    CommandReply {
        visibility: Visibility::Ephemeral,
        message: crate::model::Message::text(text),
        goto_url: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trigger_ends_at_the_first_blank_of_any_kind() {
        assert_eq!(parse("/Weather\ttoronto now").unwrap(), ("weather".to_owned(), "toronto now"));
        assert_eq!(parse("/roll").unwrap(), ("roll".to_owned(), ""));
    }

    #[test]
    fn a_line_without_a_trigger_is_no_command() {
        for line in ["", "hello", "/", "/ hello"] {
            assert!(matches!(parse(line), Err(CommandError::NotACommand)), "{line}");
        }
    }
}
