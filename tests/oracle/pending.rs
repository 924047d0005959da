//! The stories that this server does not pass yet, each with its reason: `pending.json`, by file and name.

use std::sync::OnceLock;

use serde_json::Value;

use super::story;

/// The list's file. It holds no stories, so the build script finds no tests in it.
const FILE: &str = "pending";

/// Returns why a story does not pass yet, or None if it has to pass.
pub(super) fn reason(file: &str, name: &str) -> Option<String> {
    pending()[file][name].as_str().map(str::to_owned)
}

fn pending() -> &'static Value {
    static PENDING: OnceLock<Value> = OnceLock::new();
    PENDING.get_or_init(|| story::file_of(FILE))
}

#[test]
fn each_pending_story_exists_and_has_a_reason() {
    for (file, stories) in pending().as_object().expect("files with stories") {
        let Value::Array(known) = story::file_of(file) else { panic!("{file}.json is no list") };
        for (name, reason) in stories.as_object().expect("stories with reasons") {
            assert!(known.iter().any(|story| story["name"] == *name), "{file}.json has no story `{name}`");
            assert!(reason.as_str().is_some_and(|reason| !reason.is_empty()), "{file}: {name}: no reason");
        }
    }
}
