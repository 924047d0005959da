//! Reading a query string into a struct, with errors that name the parameter.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::http::params::check_no_nul;
use crate::http::problem::Problem;

/// The query of a request. The first value of a repeated name counts, an empty value counts as absent, and unknown
/// names are ignored.
pub(super) struct TypedQuery<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for TypedQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

pub(super) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        check_no_nul(&name, &value)?;
        if !value.is_empty() && pairs.iter().all(|(known, _)| *known != name) {
            pairs.push((name.into_owned(), value.into_owned()));
        }
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| Problem::parameter(&error.path().to_string(), error.inner()))
}
