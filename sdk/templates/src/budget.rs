//! Limits the cost of one rendering. Nested loops multiply, and nothing else could stop them: the server renders
//! outside the sandbox, where no deadline interrupts. So loops and helpers are charged steps.

use std::cell::Cell;

use handlebars::RenderErrorReason;

/// The most steps of one rendering. A loop round and a helper call cost one each, and one more for every
/// [`BYTES_PER_STEP`] bytes the helper reads. A push of 2048 commits takes about ten thousand.
pub const MAX_STEPS: usize = 100_000;

/// Charges by size, so that a helper cannot read a large text in every round for the price of a short one.
const BYTES_PER_STEP: usize = 256;

thread_local! {
    // A rendering stays on its thread from start to end, and all renderings share the helpers, so only here can helpers
    // find the rendering they belong to. None if no bound is set.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs one rendering with [`MAX_STEPS`] to spend.
pub(crate) fn limited<T>(rendering: impl FnOnce() -> T) -> T {
    let _restore = Restore(LEFT.replace(Some(MAX_STEPS)));
    rendering()
}

pub(crate) fn spend(steps: usize) -> Result<(), RenderErrorReason> {
    let Some(left) = LEFT.get() else { return Ok(()) };
    let Some(rest) = left.checked_sub(steps) else {
        let reason =
            format!("more than {MAX_STEPS} steps: loop over less data, or not over one list inside another");
        return Err(RenderErrorReason::Other(reason));
    };
    LEFT.set(Some(rest));
    Ok(())
}

pub(crate) fn spend_on_text(text: &str) -> Result<(), RenderErrorReason> {
    spend(1 + text.len() / BYTES_PER_STEP)
}

/// Restores the bound of the enclosing rendering, even if this one panics.
struct Restore(Option<usize>);

impl Drop for Restore {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}
