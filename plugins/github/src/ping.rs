//! `ping`: GitHub sends it when a hook is created; its message shows that the hook works.

use jackfield_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::foreign;
use crate::outcome::message;
use crate::payload::{Account, Link, Repository};

/// How many events are named; there are more than sixty.
const NAMED: usize = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    zen: String,
    hook: Hook,
    /// Hooks of an organisation or an app have no repository.
    repository: Option<Repository>,
    organization: Account,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Hook {
    events: Vec<String>,
}

#[derive(Serialize)]
struct View {
    origin: Link,
    events: Vec<String>,
    more: usize,
    zen: String,
}

pub(crate) fn outcome(ctx: &Ctx, event: &Event) -> Result<Outcome> {
    let origin = match &event.repository {
        Some(repository) => repository.shown(),
        None => Link {
            name: foreign::name(&[&event.organization.login], "GitHub"),
            url: format!("https://github.com/{}", foreign::path(&event.organization.login)),
        },
    };
    let events = &event.hook.events;
    let view = View {
        origin,
        events: events.iter().take(NAMED).map(|event| foreign::code(event)).collect(),
        more: events.len().saturating_sub(NAMED),
        zen: foreign::line(&event.zen),
    };
    message(ctx, "ping", &view)
}
