//! `issues`: opened, closed, reopened, renamed, assigned, deleted, moved away. Labels, milestones, pins and locks are
//! not shown.

use jackfield_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::foreign;
use crate::outcome::{message, not_shown};
use crate::payload::{Account, Link, Repository, Was};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    action: String,
    issue: Issue,
    changes: Changes,
    assignee: Account,
    repository: Repository,
    sender: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Issue {
    number: u64,
    title: String,
    html_url: String,
    body: String,
    /// `completed`, `not_planned`, `duplicate` or `reopened`.
    state_reason: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changes {
    title: Option<Was>,
    new_repository: Repository,
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
    reason: String,
    person: String,
    /// The title before it was edited.
    was: String,
    /// Where the issue was moved to.
    moved: Link,
}

pub(crate) fn outcome(ctx: &Ctx, event: &Event) -> Result<Outcome> {
    let action = match event.action.as_str() {
        "edited" if event.changes.title.is_some() => "renamed",
        "edited" => {
            return Ok(Outcome::ignored("event issues with action edited is shown for titles only"));
        }
        known
        @ ("opened" | "closed" | "reopened" | "assigned" | "unassigned" | "deleted" | "transferred") => known,
        other => return Ok(not_shown("issues", other)),
    };
    message(ctx, "issues", &view(event, action))
}

fn view<'a>(event: &Event, action: &'a str) -> View<'a> {
    let issue = &event.issue;
    let repo = event.repository.shown();
    View {
        actor: event.sender.shown(),
        action,
        number: issue.number,
        title: foreign::name(&[&issue.title], "without a title"),
        url: foreign::url(&issue.html_url, &format!("{}/issues/{}", repo.url, issue.number)),
        body: foreign::text(&issue.body),
        reason: foreign::line(&issue.state_reason),
        person: event.assignee.shown(),
        was: event.changes.title.as_ref().map(|title| foreign::line(&title.from)).unwrap_or_default(),
        moved: event.changes.new_repository.shown(),
        repo,
    }
}
