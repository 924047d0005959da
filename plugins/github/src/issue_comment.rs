//! `issue_comment`: comments on issues, and on pull requests, which GitHub counts among them.

use jackfield_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::foreign;
use crate::outcome::{message, not_shown};
use crate::payload::{Account, Link, Repository, Was};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    action: String,
    issue: Issue,
    comment: Comment,
    changes: Changes,
    repository: Repository,
    sender: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Issue {
    number: u64,
    title: String,
    html_url: String,
    /// Present if the issue is a pull request.
    pull_request: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Comment {
    html_url: String,
    body: String,
    user: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changes {
    body: Option<Was>,
}

#[derive(Serialize)]
struct View<'a> {
    repo: Link,
    actor: String,
    action: &'a str,
    pull_request: bool,
    number: u64,
    title: String,
    url: String,
    comment_url: String,
    author: String,
    body: String,
}

pub(crate) fn outcome(ctx: &Ctx, event: &Event) -> Result<Outcome> {
    let action = match event.action.as_str() {
        "edited" if !event.body_changed() => {
            return Ok(Outcome::ignored("event issue_comment with action edited did not change the text"));
        }
        known @ ("created" | "edited" | "deleted") => known,
        other => return Ok(not_shown("issue_comment", other)),
    };
    message(ctx, "issue_comment", &view(event, action))
}

impl Event {
    /// GitHub also sends edits that changed nothing, for example when a box was ticked and unticked.
    fn body_changed(&self) -> bool {
        self.changes.body.as_ref().is_some_and(|was| was.from.trim() != self.comment.body.trim())
    }
}

fn view<'a>(event: &Event, action: &'a str) -> View<'a> {
    let (issue, comment) = (&event.issue, &event.comment);
    let repo = event.repository.shown();
    let url = foreign::url(&issue.html_url, &format!("{}/issues/{}", repo.url, issue.number));
    View {
        actor: event.sender.shown(),
        action,
        pull_request: issue.pull_request.is_some(),
        number: issue.number,
        title: foreign::name(&[&issue.title], "without a title"),
        comment_url: foreign::url(&comment.html_url, &url),
        author: comment.user.shown(),
        body: foreign::text(&comment.body),
        url,
        repo,
    }
}
