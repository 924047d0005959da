//! One call, start to end: a slot, a fresh instance, the guest, its output.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wasmtime::{Store as Sandbox, UpdateDeadline};

use super::bindings::jackfield::plugin::types::Failure;
use super::fault::{Circumstances, Fault, OutOfTime, RefusalKind, cut};
use super::limits::{HOSTCALL_BYTES, MAX_HANDLES, MAX_REPORT, TICK};
use super::program::{LoadedProgram, Program};
use super::recording::into_effects;
use super::share::TARGET;
use super::state::State;
use super::triggers::Trigger;
use super::{Inner, marshal};
use crate::model::{Call, Effect};

/// The result of a successful call: its output, and the effects to commit with it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallOutput<T> {
    pub value: T,
    pub effects: Vec<Effect>,
}

pub(super) async fn run<T: Trigger>(
    runtime: &Inner,
    program: &Program,
    call: &Call,
    input: &T,
    deadline: Duration,
) -> Result<CallOutput<T::Output>, Fault> {
    let loaded = &*program.0;
    let limit = loaded.limits.time.get(T::INFO.record).map_or(deadline, |own| deadline.min(*own));
    let until = Instant::now() + limit;
    let _share = loaded.share.calls.try_acquire().map_err(|_| Fault::Busy)?;
    let Ok(Ok(_slot)) = timeout_at(until, runtime.slots.acquire()).await else { return Err(Fault::Busy) };

    let mut sandbox = sandbox(runtime, loaded, call, until);
    let outcome = timeout_at(until, async {
        let instance = loaded.pre.instantiate_async(&mut sandbox).await?;
        sandbox.data_mut().began = true;
        let context = marshal::context(call, millis_left(until));
        input.handle(&loaded.exports, &mut sandbox, &instance, &context).await
    })
    .await;

    let State { posts, values, panic, meter, began, .. } = sandbox.into_data();
    let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let fault = match outcome {
        Ok(Ok(Ok(Ok(value)))) => {
            return Ok(CallOutput { value, effects: into_effects(posts, values, call) });
        }
        Ok(Ok(Ok(Err(reason)))) => Fault::BadOutput(reason),
        Ok(Ok(Err(failure))) => refused(failure),
        Ok(Err(error)) => Fault::of(error, Circumstances { panic, meter: &meter, limit_ms, began }),
        Err(_) => Fault::Deadline { limit_ms },
    };
    if let Fault::Trap { panic, cause, frames } = &fault {
        log_crash(runtime, loaded, call, (panic.as_deref(), cause, frames));
    }
    Err(fault)
}

fn log_crash(
    runtime: &Inner,
    loaded: &LoadedProgram,
    call: &Call,
    (panic, cause, frames): (Option<&str>, &str, &[String]),
) {
    let texts = frames.iter().map(String::as_str).chain(panic).chain([cause]);
    if loaded.share.may_log(texts, runtime.clock.now()) {
        tracing::warn!(target: TARGET, plugin = %call.plugin, call = call.id, panic, cause, ?frames, "a plugin crashed");
    }
}

fn sandbox(runtime: &Inner, loaded: &LoadedProgram, call: &Call, until: Instant) -> Sandbox<State> {
    let mut sandbox = Sandbox::new(&runtime.engine.wasmtime, runtime.state(loaded, call));
    sandbox.limiter(|state| &mut state.meter);
    sandbox.set_hostcall_fuel(HOSTCALL_BYTES);
    sandbox.set_max_component_handles(MAX_HANDLES);
    // The timeout around the call ends it at its next yield. The count of ticks, plus one for the tick in which the
    // call began, ends it even where no timer runs.
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
        Failure::User(text) => (RefusalKind::User, text),
        Failure::Retryable(text) => (RefusalKind::Retryable, text),
        Failure::Fatal(text) => (RefusalKind::Fatal, text),
    };
    Fault::Refused { kind, text: cut(&text, MAX_REPORT) }
}
