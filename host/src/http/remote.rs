//! Where a request comes from.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::limit::Origin;

/// The client's address, also behind trusted proxies. None only for a request that came by no connection.
pub(super) struct Remote(pub(super) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Remote {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let origin = parts.extensions.get::<Origin>();
        Ok(Self(origin.map(|Origin(address)| address.to_canonical())))
    }
}
