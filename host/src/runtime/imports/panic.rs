//! `panic`: what a guest says of its own crash, just before it traps.

use crate::runtime::bindings::jackfield::plugin::panic::Host;
use crate::runtime::call::State;
use crate::runtime::fault::cut;
use crate::runtime::limits::MAX_REPORT;

impl Host for State {
    async fn report(&mut self, message: String, location: String) -> wasmtime::Result<()> {
        let (message, location) = (cut(&message, MAX_REPORT), cut(&location, MAX_REPORT));
        // The first one is the cause; a panic while panicking only repeats it.
        self.panic.get_or_insert_with(|| {
            if location.is_empty() { message } else { format!("{message}, at {location}") }
        });
        Ok(())
    }
}
