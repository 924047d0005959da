//! The GitHub bridge: a webhook delivery in, a chat message out.
//!
//! Reading order: `delivery` (which request is which event), `lean` (what is left out of it), `payload` (what all
//! payloads share), `foreign` (untrusted text), `outcome` (a message or nothing), then one file per event. The files in
//! `templates/` define how a message looks; the code decides what is shown and passes them plain data.

mod delivery;
mod foreign;
mod issue_comment;
mod issues;
mod lean;
mod outcome;
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
