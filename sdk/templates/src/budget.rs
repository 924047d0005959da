//! Limits the cost of one rendering. Nested loops multiply, and nothing else could stop them: the server renders
//! outside the sandbox, where no deadline interrupts. So loops, blocks and helpers are charged steps, and a server also
//! sets a time, which they check.

use std::cell::Cell;
use std::time::{Duration, Instant};

use handlebars::RenderErrorReason;

/// The most steps of one rendering. A loop round, a block and a helper call cost one each, and one more for every
/// [`BYTES_PER_STEP`] bytes the helper reads. A push of 2048 commits takes about twenty thousand.
pub const MAX_STEPS: usize = 100_000;

/// Charges by size, so that a helper cannot read a large text in every round for the price of a short one.
const BYTES_PER_STEP: usize = 256;

/// What is left of a rendering.
#[derive(Clone, Copy)]
struct Left {
    steps: usize,
    /// When the time is up, and how much there was; None if there is no limit.
    time: Option<(Instant, Duration)>,
}

thread_local! {
    // A rendering stays on its thread from start to end, and all renderings share the helpers, so only here can helpers
    // find the rendering they belong to. None if no bound is set.
    static LEFT: Cell<Option<Left>> = const { Cell::new(None) };
}

/// Runs one rendering with [`MAX_STEPS`] and this time to spend.
pub(crate) fn limited<T>(time: Option<Duration>, rendering: impl FnOnce() -> T) -> T {
    let time = time.map(|time| (Instant::now() + time, time));
    let _restore = Restore(LEFT.replace(Some(Left { steps: MAX_STEPS, time })));
    rendering()
}

pub(crate) fn spend(steps: usize) -> Result<(), RenderErrorReason> {
    let Some(left) = LEFT.get() else { return Ok(()) };
    let Some(rest) = left.steps.checked_sub(steps) else {
        let reason =
            format!("more than {MAX_STEPS} steps: loop over less data, or not over one list inside another");
        return Err(RenderErrorReason::Other(reason));
    };
    if let Some((end, time)) = left.time
        && Instant::now() >= end
    {
        let reason = format!("not done within {} ms: give it less data", time.as_millis());
        return Err(RenderErrorReason::Other(reason));
    }
    LEFT.set(Some(Left { steps: rest, ..left }));
    Ok(())
}

pub(crate) fn spend_on_text(text: &str) -> Result<(), RenderErrorReason> {
    spend(1 + text.len() / BYTES_PER_STEP)
}

/// Restores the bound of the enclosing rendering, even if this one panics.
struct Restore(Option<Left>);

impl Drop for Restore {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}
