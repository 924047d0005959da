//! `panic`: what a guest reports about its own crash, just before it traps.

use wasmtime::component::HasData;

use crate::runtime::bindings::jackfield::plugin::panic::Host;
use crate::runtime::fault::cut;
use crate::runtime::limits::MAX_REPORT;
use crate::runtime::state::State;

pub(super) struct Panic<'a>(&'a mut Option<String>);

pub(super) fn view(state: &mut State) -> Panic<'_> {
    Panic(&mut state.panic)
}

impl HasData for Panic<'static> {
    type Data<'a> = Panic<'a>;
}

impl Host for Panic<'_> {
    async fn report(&mut self, message: String, location: String) -> wasmtime::Result<()> {
        let (message, location) = (cut(&message, MAX_REPORT), cut(&location, MAX_REPORT));
        // The first report is the cause; a panic during a panic only follows from it.
        self.0.get_or_insert_with(|| {
            if location.is_empty() { message } else { format!("{message}, at {location}") }
        });
        Ok(())
    }
}
