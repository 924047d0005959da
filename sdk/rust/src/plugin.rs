//! What `#[plugin]` implements, on every target, so that a test can run a command as it is typed.

use crate::bridge::{Outcome, Request};
use crate::command::{Invocation, Reply};
use crate::context::Ctx;
use crate::failure::Result;

/// A plugin; implemented by the [`plugin`](macro@crate::plugin) attribute.
pub trait Plugin {
    /// The manifest: one JSON object per line.
    fn manifest() -> &'static str;

    /// Runs the command with that name.
    fn command(ctx: &Ctx, invocation: &Invocation) -> Result<Option<Reply>>;

    /// Runs the bridge with that name.
    fn bridge(ctx: &Ctx, request: &Request) -> Result<Outcome>;
}
