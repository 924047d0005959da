//! `release`: published, withdrawn, deleted. GitHub sends `created`, `published` and `released` for one release, so
//! only the middle one is shown.

use jackfield_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::foreign;
use crate::outcome::{message, not_shown};
use crate::payload::{Account, Link, Repository};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    action: String,
    release: Release,
    repository: Repository,
    sender: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Release {
    name: String,
    tag_name: String,
    html_url: String,
    body: String,
    prerelease: bool,
}

#[derive(Serialize)]
struct View<'a> {
    repo: Link,
    actor: String,
    action: &'a str,
    tag: String,
    /// Empty if it only repeats the tag.
    name: String,
    url: String,
    body: String,
    prerelease: bool,
}

pub(crate) fn outcome(ctx: &Ctx, event: &Event) -> Result<Outcome> {
    let action = match event.action.as_str() {
        known @ ("published" | "unpublished" | "deleted") => known,
        other => return Ok(not_shown("release", other)),
    };
    let release = &event.release;
    let repo = event.repository.shown();
    let name = foreign::line(&release.name);
    let view = View {
        actor: event.sender.shown(),
        action,
        tag: foreign::code(&release.tag_name),
        name: if release.name == release.tag_name { String::new() } else { name },
        url: foreign::url(&release.html_url, &format!("{}/releases", repo.url)),
        body: foreign::text(&release.body),
        prerelease: release.prerelease,
        repo,
    };
    message(ctx, "release", &view)
}
