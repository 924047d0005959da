//! `templates`: the plugin's own, compiled when it was loaded.

use wasmtime::component::HasData;

use crate::runtime::bindings::jackfield::plugin::templates::Host;
use crate::runtime::state::State;
use crate::template::{Renderings, Templates};

pub(super) struct Renderer<'a> {
    templates: &'a Templates,
    renderings: &'a Renderings,
}

pub(super) fn view(state: &mut State) -> Renderer<'_> {
    Renderer { templates: &state.templates, renderings: &state.renderings }
}

impl HasData for Renderer<'static> {
    type Data<'a> = Renderer<'a>;
}

impl Host for Renderer<'_> {
    async fn render(&mut self, name: String, data_json: String) -> wasmtime::Result<Result<String, String>> {
        Ok(self.renderings.render(self.templates, name, data_json).await)
    }
}
