//! `pull_request`: opened, closed, merged, reopened, out of draft, renamed, retargeted, assigned, and pushed to.
//! Labels, locks, milestones and conversions to draft are not shown.

use jackfield_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::foreign;
use crate::outcome::{message, not_shown};
use crate::payload::{Account, Link, Repository, Was};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    action: String,
    number: u64,
    pull_request: PullRequest,
    changes: Changes,
    /// The state before and after a `synchronize`.
    after: String,
    assignee: Account,
    requested_reviewer: Account,
    requested_team: Account,
    repository: Repository,
    sender: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PullRequest {
    number: u64,
    title: String,
    html_url: String,
    body: String,
    draft: bool,
    merged: bool,
    base: Branch,
    head: Branch,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Branch {
    #[serde(rename = "ref")]
    reference: String,
    label: String,
    sha: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changes {
    title: Option<Was>,
    base: Option<BaseChange>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BaseChange {
    #[serde(rename = "ref")]
    reference: Was,
}

#[derive(Serialize)]
struct View<'a> {
    repo: Link,
    actor: String,
    action: &'a str,
    number: u64,
    title: String,
    url: String,
    body: String,
    draft: bool,
    base: String,
    head: String,
    sha: String,
    /// The assignee or reviewer, for the actions that set one.
    person: String,
    /// The title or the base before it was edited.
    was: String,
}

pub(crate) fn outcome(ctx: &Ctx, event: &Event) -> Result<Outcome> {
    let action = match event.action.as_str() {
        "closed" if event.pull_request.merged => "merged",
        "edited" if event.changes.title.is_some() => "renamed",
        "edited" if event.changes.base.is_some() => "rebased",
        "edited" => {
            return Ok(Outcome::ignored(
                "event pull_request with action edited is shown for title and base only",
            ));
        }
        known @ ("opened" | "closed" | "reopened" | "ready_for_review" | "review_requested" | "assigned"
        | "unassigned" | "synchronize") => known,
        other => return Ok(not_shown("pull_request", other)),
    };
    message(ctx, "pull_request", &view(event, action))
}

fn view<'a>(event: &Event, action: &'a str) -> View<'a> {
    let pull = &event.pull_request;
    let repo = event.repository.shown();
    let number = if pull.number == 0 { event.number } else { pull.number };
    let person = match action {
        "review_requested" if event.requested_team.is_known() => event.requested_team.shown(),
        "review_requested" => event.requested_reviewer.shown(),
        _ => event.assignee.shown(),
    };
    let was = match (&event.changes.title, &event.changes.base) {
        (Some(title), _) => foreign::line(&title.from),
        (None, Some(base)) => foreign::code(&base.reference.from),
        (None, None) => String::new(),
    };
    let sha = if event.after.is_empty() { &pull.head.sha } else { &event.after };
    View {
        actor: event.sender.shown(),
        action,
        number,
        title: foreign::name(&[&pull.title], "without a title"),
        url: foreign::url(&pull.html_url, &format!("{}/pull/{number}", repo.url)),
        body: foreign::text(&pull.body),
        draft: pull.draft,
        base: foreign::code(&pull.base.reference),
        head: foreign::code(if pull.head.reference.is_empty() {
            &pull.head.label
        } else {
            &pull.head.reference
        }),
        sha: foreign::sha(sha),
        person,
        was,
        repo,
    }
}
