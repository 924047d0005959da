//! `secrets`: no plugin has any yet, so no handle is ever given out.

use wasmtime::component::Resource;

use crate::runtime::bindings::jackfield::plugin::secrets::{Host, HostSecret, Secret};
use crate::runtime::call::State;

impl Host for State {
    async fn get(&mut self, _name: String) -> wasmtime::Result<Option<Resource<Secret>>> {
        Ok(None)
    }

    async fn sign(&mut self, _secret: Resource<Secret>, _data: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        Err(no_handle())
    }
}

impl HostSecret for State {
    async fn name(&mut self, _secret: Resource<Secret>) -> wasmtime::Result<String> {
        Err(no_handle())
    }

    async fn drop(&mut self, _secret: Resource<Secret>) -> wasmtime::Result<()> {
        Err(no_handle())
    }
}

/// Out of reach of any guest: handles are checked before these functions are called, and there are none.
fn no_handle() -> wasmtime::Error {
    wasmtime::Error::msg("a secret's handle was used that was never given out")
}
