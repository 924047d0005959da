//! The Mattermost-compatible REST surface, one file per resource. Handlers translate; nothing here decides.

pub(super) mod channels;
pub(super) mod commands;
pub(super) mod hooks;
pub(super) mod login;
pub(super) mod posts;
pub(super) mod preferences;
pub(super) mod reactions;
pub(super) mod roles;
pub(super) mod search;
pub(super) mod status;
pub(super) mod system;
pub(super) mod teams;
pub(super) mod tokens;
pub(super) mod users;

use axum::Json;
use serde_json::{Value, json};

/// The answer of a change that has nothing to show.
fn ok() -> Json<Value> {
    Json(json!({"status": "OK"}))
}

fn list<T>(items: &[T], wire: impl Fn(&T) -> Value) -> Json<Value> {
    Json(Value::Array(items.iter().map(wire).collect()))
}
