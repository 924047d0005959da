//! `settings`: none exist yet, as manifests declare none.

use crate::runtime::bindings::jackfield::plugin::settings::Host;
use crate::runtime::call::State;

impl Host for State {
    async fn get(&mut self, _key: String) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}
