//! `incoming-webhook`: another service sends a request to a bridge.

use wasmtime::Store as Sandbox;
use wasmtime::component::{Instance, InstancePre};

use super::{Exports, HandlerResult, Trigger, TriggerInfo, check_handle, mismatch};
use crate::model::{BridgeOutcome, BridgeRequest};
use crate::runtime::bindings::exports::jackfield::plugin::incoming_webhook;
use crate::runtime::bindings::jackfield::plugin::types::{Context, Failure};
use crate::runtime::fault::LoadError;
use crate::runtime::limits::MAX_POSTS;
use crate::runtime::marshal;
use crate::runtime::state::State;

pub(super) type Indices = incoming_webhook::GuestIndices;

pub(super) fn find(pre: &InstancePre<State>) -> Result<Indices, LoadError> {
    let info = BridgeRequest::INFO;
    check_handle::<(&Context, &incoming_webhook::Request), Result<incoming_webhook::Outcome, Failure>>(
        pre, info,
    )?;
    Indices::new(pre).map_err(mismatch(info))
}

impl Trigger for BridgeRequest {
    type Output = BridgeOutcome;

    const INFO: TriggerInfo = TriggerInfo { interface: "incoming-webhook", record: "bridge" };

    async fn handle(
        &self,
        exports: &Exports,
        sandbox: &mut Sandbox<State>,
        instance: &Instance,
        context: &Context,
    ) -> wasmtime::Result<HandlerResult<Self::Output>> {
        let Some(indices) = &exports.incoming_webhook else {
            return Ok(Ok(Err("it reads no webhooks".to_owned())));
        };
        let guest = indices.load(&mut *sandbox, instance)?;
        let answer = guest.call_handle(&mut *sandbox, context, &request(self)).await?;
        Ok(answer.map(outcome))
    }
}

fn request(call: &BridgeRequest) -> incoming_webhook::Request {
    incoming_webhook::Request {
        bridge: call.bridge.clone(),
        method: call.method.clone(),
        query: call.query.clone(),
        headers: call.headers.clone(),
        body: call.body.clone(),
        verified_by: call.verified_by.clone(),
    }
}

fn outcome(outcome: incoming_webhook::Outcome) -> Result<BridgeOutcome, String> {
    let texts =
        outcome.body.as_ref().map_or(0, String::len) + outcome.ignored.as_ref().map_or(0, String::len);
    marshal::check_size(texts + outcome.messages.iter().map(marshal::message_size).sum::<usize>())?;
    if outcome.messages.len() > MAX_POSTS {
        return Err(format!("it has {} messages; at most {MAX_POSTS} are allowed", outcome.messages.len()));
    }
    if let Some(status) = outcome.status.filter(|status| !(200..=599).contains(status)) {
        return Err(format!("status {status}: it must be 200 to 599"));
    }
    Ok(BridgeOutcome {
        messages: outcome.messages.into_iter().map(marshal::nonempty_message).collect::<Result<_, _>>()?,
        ignored: outcome.ignored,
        status: outcome.status,
        body: outcome.body,
    })
}
