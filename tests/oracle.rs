//! Stories recorded from a Mattermost server, played against this one: short sequences of requests and events with
//! what that server answered to each. `tests/oracle/README.md` describes their format.
//!
//! The build script writes one test per story and database. All stories of a database share one server, because a
//! server per story takes longer than most stories do.

mod cast;
mod compare;
mod listener;
mod pending;
mod play;
pub(crate) mod receiver;
mod stage;
mod story;
mod text;

use std::panic::{self, AssertUnwindSafe};

use jackfield_tests::Backend;

include!(concat!(env!("OUT_DIR"), "/stories.rs"));

/// Plays a story and asserts that each step is answered as recorded, or, if the story is listed as pending, that one
/// is not.
#[track_caller]
fn play(backend: Backend, file: &'static str, name: &str) {
    let story = story::find(file, name);
    if story.needs.is_some() {
        return;
    }
    let reason = pending::reason(file, name);
    let stage = stage::enter(backend);
    let patient = reason.is_none();
    let result =
        panic::catch_unwind(AssertUnwindSafe(|| stage.run(play::story(&stage, file, &story, patient))));
    let difference = result.unwrap_or_else(|_| Err("a request failed".to_owned())).err();
    match (difference, reason) {
        (Some(difference), None) => panic!("{file}: {name}: {difference}"),
        (None, Some(reason)) => panic!("{file}: {name}: passes; remove it from pending.json ({reason})"),
        _ => {}
    }
}
