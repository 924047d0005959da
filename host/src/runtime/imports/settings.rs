//! `settings`: none exist yet, as manifests declare none.

use wasmtime::component::HasData;

use crate::runtime::bindings::jackfield::plugin::settings::Host;

/// Uses no state of the call.
pub(super) struct Settings;

impl HasData for Settings {
    type Data<'a> = Self;
}

impl Host for Settings {
    async fn get(&mut self, _key: String) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}
