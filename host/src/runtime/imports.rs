//! The functions a guest may call, one file per interface. None of them changes anything outside the call: what a
//! guest asks for is recorded. A failing store ends the call as the host's fault; everything else is an answer.

mod channels;
mod directory;
mod http;
mod kv;
mod log;
mod messaging;
mod panic;
mod scheduler;
mod secrets;
mod settings;
mod templates;

pub(super) use log::TARGET;

use super::bindings::jackfield::plugin::types;
use super::call::State;

/// What a function that this server does not offer yet answers.
const NOT_YET: &str = "not yet: this server does not offer";

impl types::Host for State {}

fn not_yet(what: &str) -> String {
    format!("{NOT_YET} {what}")
}
