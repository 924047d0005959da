//! The stories as they are written down.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// One sequence of steps.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) name: String,
    /// The server's settings that the story needs, if they are not the usual ones.
    pub(super) needs: Option<String>,
    pub(super) steps: Vec<Value>,
}

/// The stories that have been read, by file.
static READ: Mutex<BTreeMap<&str, Vec<Story>>> = Mutex::new(BTreeMap::new());

impl Story {
    fn read(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let (name, needs) = (text("name").expect("a story has a name"), text("needs"));
        let Value::Array(steps) = value["steps"].clone() else { panic!("{name}: a story has steps") };
        Self { name, needs, steps }
    }

    /// Returns whether the story opens sockets. Such a story is played alone, because events about accounts reach
    /// all sockets of a server.
    pub(super) fn has_sockets(&self) -> bool {
        self.steps.iter().any(|step| step.get("socket").is_some())
    }
}

/// Returns the story with this name.
pub(super) fn find(file: &'static str, name: &str) -> Story {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let stories = read.entry(file).or_insert_with(|| {
        let Value::Array(stories) = file_of(file) else { panic!("{file}.json: a list of stories") };
        stories.iter().map(Story::read).collect()
    });
    let found = stories.iter().find(|story| story.name == name);
    found.unwrap_or_else(|| panic!("{file}.json has no story `{name}`")).clone()
}

/// Returns the JSON of a file beside the stories.
pub(super) fn file_of(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle").join(name).with_extension("json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
