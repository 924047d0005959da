//! The GitHub bridge: a webhook delivery in, a chat message out.
//!
//! Reading order: `delivery` (which request is what event), `payload` (what all payloads share), `foreign` (text that
//! strangers wrote), then one file an event. What a message looks like is in `templates/`; the code decides what is
//! worth saying and hands the template plain facts.

mod delivery;
mod foreign;
mod issue_comment;
mod issues;
mod payload;
mod ping;
mod pull_request;
mod push;
mod release;
mod workflow_run;

use jackfield_sdk::prelude::*;

/// The plugin.
pub struct GitHub;

/// Shows pushes, pull requests, issues, comments, releases and finished workflow runs of GitHub repositories.
#[plugin(id = "dev.jackfield.github", name = "GitHub", templates = "templates")]
impl GitHub {
    /// GitHub webhooks.
    #[bridge("github", verifier = "github")]
    fn github(ctx: &Ctx, request: &Request) -> Result<Outcome> {
        delivery::answer(ctx, request)
    }
}
