//! JSON that changes only with the version of the server or of a plugin.
//!
//! The entity tag is the content's digest. A client that names the digest in the address (`?digest=`) may cache the
//! response without limit; any other client revalidates.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::IntoParams;

use crate::http::etag;
use crate::secret::sha256_hex;

/// A JSON text and its digest.
pub(super) struct StaticJson {
    body: Bytes,
    digest: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DigestQuery {
    /// The entity tag of the content, without quotes: the response may then be cached without limit.
    pub(super) digest: Option<String>,
}

impl StaticJson {
    pub(super) fn new(value: &impl Serialize) -> Self {
        let body = json!(value).to_string();
        Self { digest: sha256_hex(body.as_bytes()), body: body.into() }
    }

    pub(super) fn respond(&self, headers: &HeaderMap, digest: Option<&str>) -> Response {
        let cache = if digest == Some(self.digest.as_str()) {
            "private, max-age=31536000, immutable"
        } else {
            "private, no-cache"
        };
        let json = [(CONTENT_TYPE, "application/json")];
        etag::respond(headers, &self.digest, cache, || (json, self.body.clone()).into_response())
    }
}
