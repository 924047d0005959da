//! Commands of plugins: the call, and its changes together with its reply in one unit of work.

use super::{CommandError, Commands, words};
use crate::chat::{Origin, compose};
use crate::model::{
    Changes, Channel, CommandInvocation, CommandReply, Message, Place, Post, PostKind, User, Visibility,
};
use crate::plugin::{Active, ActiveCommand, CallError, CallRequest, CommitResult, Entrance};
use crate::runtime::{Fault, RefusalKind};

/// Calls a plugin with what follows the trigger, and returns its reply to the caller; none if the plugin sends none.
/// Everything the command causes is committed before this returns.
pub(super) async fn run(
    commands: &Commands,
    command: &ActiveCommand,
    user: &User,
    (channel, place): (&Channel, &Place),
    raw: &str,
) -> Result<Option<CommandReply>, CommandError> {
    let record = command.record();
    let invocation = CommandInvocation {
        name: record.trigger.clone(),
        args: words::named(record, raw),
        raw: raw.to_owned(),
    };
    let request = CallRequest {
        plugin: &command.plugin,
        input: &invocation,
        actor: Some(user),
        place,
        deadline: commands.policy.plugin_timeout,
    };
    let run = Run { commands, user, channel, plugin: &command.plugin, place, invocation: &invocation };
    commands.plugins.call(request, &run).await
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
