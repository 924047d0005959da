//! `secrets`: no plugin has any yet, so no handle is ever returned.

use wasmtime::component::{HasData, Resource};

use crate::runtime::bindings::jackfield::plugin::secrets::{Host, HostSecret, Secret};

/// Uses no state of the call.
pub(super) struct Secrets;

impl HasData for Secrets {
    type Data<'a> = Self;
}

impl Host for Secrets {
    async fn get(&mut self, _name: String) -> wasmtime::Result<Option<Resource<Secret>>> {
        Ok(None)
    }

    async fn sign(&mut self, _secret: Resource<Secret>, _data: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        Err(no_handle())
    }
}

impl HostSecret for Secrets {
    async fn name(&mut self, _secret: Resource<Secret>) -> wasmtime::Result<String> {
        Err(no_handle())
    }

    async fn drop(&mut self, _secret: Resource<Secret>) -> wasmtime::Result<()> {
        Err(no_handle())
    }
}

/// No guest can reach this: handles are checked before these functions are called, and there are none.
fn no_handle() -> wasmtime::Error {
    wasmtime::Error::msg("the handle of a secret was never given out")
}
