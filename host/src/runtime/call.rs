//! One call, start to end: a place in the queue, a fresh instance, the guest, its answer.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wasmtime::component::Instance;
use wasmtime::{Store as Sandbox, UpdateDeadline};

use super::bindings::jackfield::plugin::types::Failure;
use super::fault::{Circumstances, Fault, OutOfTime, Refusal, cut};
use super::imports::TARGET;
use super::limits::{CallLimits, HOSTCALL_BYTES, MAX_HANDLES, MAX_REPORT, Meter, TICK};
use super::program::{Loaded, Program};
use super::recording::Recording;
use super::{Inner, marshal};
use crate::clock::Clock;
use crate::model::{BridgeOutcome, BridgeRequest, Call, CommandInvocation, CommandReply, Effect};
use crate::store::Store;
use crate::template::Templates;

/// A call that ended well: the answer, and what is to be committed with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished<T> {
    pub value: T,
    pub effects: Vec<Effect>,
}

/// What the imports of one call work with.
pub(super) struct State {
    pub(super) call: Call,
    pub(super) templates: Templates,
    pub(super) store: Store,
    pub(super) clock: Clock,
    /// Bytes the plugin may keep.
    pub(super) values_limit: u64,
    /// Bytes the plugin kept when this call first asked.
    pub(super) values_kept: Option<i64>,
    pub(super) recording: Recording,
    /// Lines the guest logged so far.
    pub(super) logged: usize,
    pub(super) panic: Option<String>,
    meter: Meter,
    /// Whether guest code may have run.
    began: bool,
}

impl State {
    pub(super) fn new(runtime: &Inner, loaded: &Loaded, call: &Call) -> Self {
        let memory = loaded.limits.memory.map_or(runtime.limits.memory, |own| own.min(runtime.limits.memory));
        Self {
            call: call.clone(),
            templates: loaded.templates.clone(),
            store: runtime.store.clone(),
            clock: runtime.clock.clone(),
            values_limit: runtime.limits.values,
            values_kept: None,
            recording: Recording::default(),
            logged: 0,
            panic: None,
            meter: Meter::new(memory),
            began: false,
        }
    }
}

/// An export of the contract that answers a call.
pub(super) trait Trigger: Sync {
    type Answer: Send;

    /// What the plugin limits itself to.
    fn limit(limits: &CallLimits) -> Option<Duration>;

    /// Calls the export. The outer error is a fault; then the guest's own failure; then an answer nobody can use.
    fn invoke(
        &self,
        program: &Loaded,
        sandbox: &mut Sandbox<State>,
        instance: &Instance,
        deadline_ms: u32,
    ) -> impl Future<Output = wasmtime::Result<Result<Result<Self::Answer, String>, Failure>>> + Send;
}

pub(super) async fn run<T: Trigger>(
    runtime: &Inner,
    program: &Program,
    call: &Call,
    trigger: &T,
    deadline: Duration,
) -> Result<Finished<T::Answer>, Fault> {
    let loaded = &*program.0;
    let limit = T::limit(&loaded.limits).map_or(deadline, |own| own.min(deadline));
    let until = Instant::now() + limit;
    let _share = loaded.share.try_acquire().map_err(|_| Fault::Busy)?;
    let Ok(Ok(_slot)) = timeout_at(until, runtime.slots.acquire()).await else { return Err(Fault::Busy) };

    let mut sandbox = sandbox(runtime, loaded, call, until);
    let outcome = timeout_at(until, async {
        let instance = loaded.pre.instantiate_async(&mut sandbox).await?;
        sandbox.data_mut().began = true;
        trigger.invoke(loaded, &mut sandbox, &instance, millis_left(until)).await
    })
    .await;

    let State { call, recording, panic, meter, began, .. } = sandbox.into_data();
    let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let fault = match outcome {
        Ok(Ok(Ok(Ok(value)))) => {
            let effects = recording.into_effects(&call.plugin, call.now);
            return Ok(Finished { value, effects });
        }
        Ok(Ok(Ok(Err(reason)))) => Fault::BadOutput(reason),
        Ok(Ok(Err(failure))) => refused(failure),
        Ok(Err(error)) => Fault::of(error, Circumstances { panic, meter: &meter, limit_ms, began }),
        Err(_) => Fault::Deadline { limit_ms },
    };
    if let Fault::Trap { panic, cause, frames } = &fault {
        tracing::warn!(target: TARGET, plugin = %call.plugin, call = call.id, panic, cause, ?frames, "a plugin crashed");
    }
    Err(fault)
}

fn sandbox(runtime: &Inner, loaded: &Loaded, call: &Call, until: Instant) -> Sandbox<State> {
    let state = State::new(runtime, loaded, call);
    let mut sandbox = Sandbox::new(&runtime.engine.wasmtime, state);
    sandbox.limiter(|state| &mut state.meter);
    sandbox.set_hostcall_fuel(HOSTCALL_BYTES);
    sandbox.set_max_component_handles(MAX_HANDLES);
    // The timeout around the call ends it at the next yield. Counting ticks of computing, plus one for the tick the
    // call began in, ends it even where no timer runs.
    let left = until.saturating_duration_since(Instant::now());
    let mut ticks = left.as_millis().div_ceil(TICK.as_millis()) + 1;
    sandbox.set_epoch_deadline(1);
    sandbox.epoch_deadline_callback(move |_| {
        ticks = ticks.saturating_sub(1);
        if ticks == 0 {
            return Err(OutOfTime.into());
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    sandbox
}

fn millis_left(until: Instant) -> u32 {
    u32::try_from(until.saturating_duration_since(Instant::now()).as_millis()).unwrap_or(u32::MAX)
}

fn refused(failure: Failure) -> Fault {
    let (kind, text) = match failure {
        Failure::User(text) => (Refusal::User, text),
        Failure::Retryable(text) => (Refusal::Retryable, text),
        Failure::Fatal(text) => (Refusal::Fatal, text),
    };
    Fault::Refused { kind, text: cut(&text, MAX_REPORT) }
}

// === the triggers this server runs ===

impl Trigger for CommandInvocation {
    type Answer = Option<CommandReply>;

    fn limit(limits: &CallLimits) -> Option<Duration> {
        limits.command
    }

    async fn invoke(
        &self,
        program: &Loaded,
        sandbox: &mut Sandbox<State>,
        instance: &Instance,
        deadline_ms: u32,
    ) -> wasmtime::Result<Result<Result<Self::Answer, String>, Failure>> {
        let Some(indices) = &program.command else { return Ok(Ok(Err("it answers no commands".to_owned()))) };
        let guest = indices.load(&mut *sandbox, instance)?;
        let context = marshal::context(&sandbox.data().call, deadline_ms);
        let answer = guest.call_handle(&mut *sandbox, &context, &marshal::invocation(self)).await?;
        Ok(answer.map(marshal::reply))
    }
}

impl Trigger for BridgeRequest {
    type Answer = BridgeOutcome;

    fn limit(limits: &CallLimits) -> Option<Duration> {
        limits.bridge
    }

    async fn invoke(
        &self,
        program: &Loaded,
        sandbox: &mut Sandbox<State>,
        instance: &Instance,
        deadline_ms: u32,
    ) -> wasmtime::Result<Result<Result<Self::Answer, String>, Failure>> {
        let Some(indices) = &program.bridge else { return Ok(Ok(Err("it reads no webhooks".to_owned()))) };
        let guest = indices.load(&mut *sandbox, instance)?;
        let context = marshal::context(&sandbox.data().call, deadline_ms);
        let answer = guest.call_handle(&mut *sandbox, &context, &marshal::request(self)).await?;
        Ok(answer.map(marshal::outcome))
    }
}
