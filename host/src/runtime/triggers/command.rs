//! `command`: a user runs a slash command.

use wasmtime::Store as Sandbox;
use wasmtime::component::{Instance, InstancePre};

use super::{Exports, HandlerResult, Trigger, TriggerInfo, check_handle, mismatch};
use crate::model::{CommandInvocation, CommandReply, Visibility};
use crate::runtime::bindings::exports::jackfield::plugin::command;
use crate::runtime::bindings::jackfield::plugin::types::{Context, Failure};
use crate::runtime::fault::LoadError;
use crate::runtime::marshal;
use crate::runtime::state::State;

pub(super) type Indices = command::GuestIndices;

pub(super) fn find(pre: &InstancePre<State>) -> Result<Indices, LoadError> {
    let info = CommandInvocation::INFO;
    check_handle::<(&Context, &command::Invocation), Result<Option<command::Reply>, Failure>>(pre, info)?;
    Indices::new(pre).map_err(mismatch(info))
}

impl Trigger for CommandInvocation {
    type Output = Option<CommandReply>;

    const INFO: TriggerInfo = TriggerInfo { interface: "command", record: "command" };

    async fn handle(
        &self,
        exports: &Exports,
        sandbox: &mut Sandbox<State>,
        instance: &Instance,
        context: &Context,
    ) -> wasmtime::Result<HandlerResult<Self::Output>> {
        let Some(indices) = &exports.command else { return Ok(Ok(Err("it answers no commands".to_owned()))) };
        let guest = indices.load(&mut *sandbox, instance)?;
        let answer = guest.call_handle(&mut *sandbox, context, &invocation(self)).await?;
        Ok(answer.map(reply))
    }
}

fn invocation(call: &CommandInvocation) -> command::Invocation {
    command::Invocation {
        name: call.name.clone(),
        subcommand: None,
        args: call.args.clone(),
        raw: call.raw.clone(),
        trigger_id: None,
    }
}

fn reply(reply: Option<command::Reply>) -> Result<Option<CommandReply>, String> {
    let Some(reply) = reply else { return Ok(None) };
    let size = marshal::message_size(&reply.message) + reply.goto_url.as_ref().map_or(0, String::len);
    marshal::check_size(size)?;
    if let Some(url) = &reply.goto_url {
        marshal::check_link("goto-url", url)?;
    }
    Ok(Some(CommandReply {
        visibility: match reply.visibility {
            command::Visibility::Ephemeral => Visibility::Ephemeral,
            command::Visibility::InChannel => Visibility::InChannel,
        },
        // The message may be empty, because a reply may just open a page.
        message: marshal::any_message(reply.message)?,
        goto_url: reply.goto_url,
    }))
}
