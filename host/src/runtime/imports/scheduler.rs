//! `scheduler`: not offered yet.

use wasmtime::component::HasData;

use super::not_yet;
use crate::runtime::bindings::jackfield::plugin::scheduler::{Error, Host};

/// Uses no state of the call.
pub(super) struct Scheduler;

impl HasData for Scheduler {
    type Data<'a> = Self;
}

impl Host for Scheduler {
    async fn run_at(
        &mut self,
        _job: String,
        _at_ms: u64,
        _payload: Vec<u8>,
    ) -> wasmtime::Result<Result<String, Error>> {
        Ok(Err(Error::Denied(not_yet("timers"))))
    }

    async fn cancel(&mut self, _timer_id: String) -> wasmtime::Result<Result<(), Error>> {
        Ok(Err(Error::Denied(not_yet("timers"))))
    }
}
