//! `http`: not offered yet.

use wasmtime::component::HasData;

use super::not_yet;
use crate::runtime::bindings::jackfield::plugin::http::{Credential, Error, Host, Request, Response};

/// Uses no state of the call.
pub(super) struct Http;

impl HasData for Http {
    type Data<'a> = Self;
}

impl Host for Http {
    async fn send(
        &mut self,
        _request: Request,
        _credential: Option<Credential>,
    ) -> wasmtime::Result<Result<Response, Error>> {
        Ok(Err(Error::Denied(not_yet("requests to other servers"))))
    }

    async fn send_all(&mut self, requests: Vec<Request>) -> wasmtime::Result<Vec<Result<Response, Error>>> {
        Ok(requests.iter().map(|_| Err(Error::Denied(not_yet("requests to other servers")))).collect())
    }
}
