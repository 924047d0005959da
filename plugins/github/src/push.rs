//! `push`: commits on a branch, and branches and tags that are created or deleted. GitHub also sends `create` and
//! `delete` for those; this event contains the same and more, so they are not shown.

use std::cmp::Reverse;

use jackfield_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::foreign;
use crate::outcome::message;
use crate::payload::{Account, Link, Repository};

/// How many commits are listed; the others are only counted.
const LISTED: usize = 20;

/// How many authors are named; the others are counted together.
const NAMED: usize = 3;

/// The prefix of GitHub's merge queue branches. Each push there is repeated on the real branch.
const MERGE_QUEUE: &str = "gh-readonly-queue/";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Push {
    #[serde(rename = "ref")]
    reference: String,
    after: String,
    created: bool,
    deleted: bool,
    forced: bool,
    compare: String,
    commits: Vec<Commit>,
    pusher: Account,
    repository: Repository,
    sender: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Commit {
    id: String,
    message: String,
    url: String,
    author: Author,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Author {
    name: String,
    username: String,
}

#[derive(Serialize)]
struct View {
    repo: Link,
    actor: String,
    /// `branch` or `tag`.
    kind: &'static str,
    /// `pushed`, `forced`, `created` or `deleted`.
    action: &'static str,
    target: Link,
    /// What the branch or tag points to now.
    sha: String,
    commit_url: String,
    compare: String,
    count: usize,
    commits: Vec<CommitView>,
    /// Commits that are not listed.
    more: usize,
    /// Empty if the pusher is the only author.
    authors: Vec<AuthorView>,
    /// Commits of authors who are not named.
    others: usize,
}

#[derive(Serialize)]
struct CommitView {
    sha: String,
    url: String,
    message: String,
}

#[derive(Serialize)]
struct AuthorView {
    name: String,
    count: usize,
}

pub(crate) fn outcome(ctx: &Ctx, push: &Push) -> Result<Outcome> {
    let (kind, name) = match push.reference.split_at_checked("refs/heads/".len()) {
        Some(("refs/heads/", branch)) => ("branch", branch),
        _ => match push.reference.strip_prefix("refs/tags/") {
            Some(tag) => ("tag", tag),
            None => return Ok(unusual(&push.reference)),
        },
    };
    if kind == "branch" && name.starts_with(MERGE_QUEUE) {
        return Ok(Outcome::ignored("event push to a branch of the merge queue is not shown"));
    }
    message(ctx, "push", &view(push, kind, name))
}

fn unusual(reference: &str) -> Outcome {
    let reference = foreign::name(&[reference], "nothing");
    Outcome::ignored(format!("event push to {reference} is not shown: it is neither a branch nor a tag"))
}

fn view(push: &Push, kind: &'static str, name: &str) -> View {
    let repo = push.repository.shown();
    let actor = if push.sender.is_known() { push.sender.shown() } else { push.pusher.shown() };
    let target =
        Link { name: foreign::code(name), url: format!("{}/tree/{}", repo.url, foreign::path(name)) };
    let action = match push {
        Push { deleted: true, .. } => "deleted",
        Push { created: true, .. } => "created",
        Push { forced: true, .. } => "forced",
        _ => "pushed",
    };
    let (authors, others) = authors(&push.commits, &actor);
    let commits = push.commits.iter().take(LISTED).map(|commit| commit.view(&repo.url));
    View {
        kind,
        action,
        sha: foreign::sha(&push.after),
        commit_url: format!("{}/commit/{}", repo.url, foreign::path(&push.after)),
        compare: foreign::url(&push.compare, &target.url),
        count: push.commits.len(),
        commits: commits.collect(),
        more: push.commits.len().saturating_sub(LISTED),
        authors,
        others,
        target,
        actor,
        repo,
    }
}

/// Counts the commits per author, most first; authors who are not named are counted together.
fn authors(commits: &[Commit], actor: &str) -> (Vec<AuthorView>, usize) {
    let mut authors: Vec<AuthorView> = Vec::new();
    for commit in commits {
        let name = foreign::name(&[&commit.author.username, &commit.author.name], "someone");
        match authors.iter_mut().find(|author| author.name == name) {
            Some(author) => author.count += 1,
            None => authors.push(AuthorView { name, count: 1 }),
        }
    }
    if let [only] = authors.as_slice()
        && only.name == actor
    {
        return (Vec::new(), 0);
    }
    authors.sort_by_key(|author| Reverse(author.count));
    let others = authors.iter().skip(NAMED).map(|author| author.count).sum();
    authors.truncate(NAMED);
    (authors, others)
}

impl Commit {
    fn view(&self, repo_url: &str) -> CommitView {
        let url = format!("{repo_url}/commit/{}", foreign::path(&self.id));
        CommitView {
            sha: foreign::sha(&self.id),
            url: foreign::url(&self.url, &url),
            message: foreign::name(&[self.message.trim().lines().next().unwrap_or_default()], "no message"),
        }
    }
}
