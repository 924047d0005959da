//! `workflow_run`: how a run of GitHub Actions ended. Requested and started runs are not shown.

use jackfield_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::foreign;
use crate::outcome::{message, not_shown};
use crate::payload::{Account, Link, Repository};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    action: String,
    workflow_run: Run,
    workflow: Workflow,
    repository: Repository,
    sender: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Run {
    name: String,
    html_url: String,
    #[serde(rename = "run_number")]
    number: u64,
    #[serde(rename = "run_attempt")]
    attempt: u64,
    head_branch: String,
    head_sha: String,
    /// `success`, `failure`, `cancelled`, `timed_out`, `skipped`, `neutral`, `action_required`, `stale` and more to
    /// come.
    conclusion: String,
    actor: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Workflow {
    name: String,
}

#[derive(Serialize)]
struct View {
    repo: Link,
    actor: String,
    name: String,
    url: String,
    number: u64,
    attempt: u64,
    /// Empty if the run was not for a branch.
    branch: String,
    sha: String,
    commit_url: String,
    conclusion: String,
}

pub(crate) fn outcome(ctx: &Ctx, event: &Event) -> Result<Outcome> {
    if event.action != "completed" {
        return Ok(not_shown("workflow_run", &event.action));
    }
    let run = &event.workflow_run;
    let repo = event.repository.shown();
    let view = View {
        actor: if run.actor.is_known() { run.actor.shown() } else { event.sender.shown() },
        name: foreign::name(&[&run.name, &event.workflow.name], "a workflow"),
        url: foreign::url(&run.html_url, &format!("{}/actions", repo.url)),
        number: run.number,
        attempt: run.attempt,
        branch: if run.head_branch.is_empty() { String::new() } else { foreign::code(&run.head_branch) },
        sha: foreign::sha(&run.head_sha),
        commit_url: format!("{}/commit/{}", repo.url, foreign::path(&run.head_sha)),
        conclusion: foreign::line(&run.conclusion),
        repo,
    };
    message(ctx, "workflow_run", &view)
}
