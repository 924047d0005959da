//! The functions a guest may call, one file per interface. Each file defines the view of the call's state that its
//! functions use. None of them changes anything outside the call; what a guest requests is recorded. A store failure
//! ends the call as the host's fault; every other error is returned to the guest.

mod channels;
pub(super) mod directory;
mod http;
pub(super) mod kv;
mod log;
pub(super) mod messaging;
mod panic;
mod scheduler;
mod secrets;
mod settings;
mod templates;

use wasmtime::component::{HasData, Linker};

use super::bindings::jackfield::plugin as contract;
use super::state::State;

/// The start of the error from functions that this server does not offer yet.
const NOT_YET: &str = "not yet: this server does not offer";

/// Offers every interface of the contract to guests.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    contract::types::add_to_linker::<_, Types>(linker, |_| Types)?;
    contract::log::add_to_linker::<_, log::Log<'static>>(linker, log::view)?;
    contract::panic::add_to_linker::<_, panic::Panic<'static>>(linker, panic::view)?;
    contract::settings::add_to_linker::<_, settings::Settings>(linker, |_| settings::Settings)?;
    contract::secrets::add_to_linker::<_, secrets::Secrets>(linker, |_| secrets::Secrets)?;
    contract::kv::add_to_linker::<_, kv::Kv<'static>>(linker, kv::view)?;
    contract::http::add_to_linker::<_, http::Http>(linker, |_| http::Http)?;
    contract::messaging::add_to_linker::<_, messaging::Messaging<'static>>(linker, messaging::view)?;
    contract::directory::add_to_linker::<_, directory::Directory<'static>>(linker, directory::view)?;
    contract::scheduler::add_to_linker::<_, scheduler::Scheduler>(linker, |_| scheduler::Scheduler)?;
    contract::templates::add_to_linker::<_, templates::Renderer<'static>>(linker, templates::view)
}

/// `types` has no functions.
struct Types;

impl HasData for Types {
    type Data<'a> = Self;
}

impl contract::types::Host for Types {}

fn not_yet(what: &str) -> String {
    format!("{NOT_YET} {what}")
}
