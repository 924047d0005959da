//! `templates`: the plugin's own, compiled when it was loaded.

use crate::runtime::bindings::jackfield::plugin::templates::Host;
use crate::runtime::call::State;

impl Host for State {
    async fn render(&mut self, name: String, data_json: String) -> wasmtime::Result<Result<String, String>> {
        Ok(self.templates.render(&name, &data_json))
    }
}
