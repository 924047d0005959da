//! Paging of the host's own API: `cursor` is the `next_cursor` of the page before, `limit` is 60 and at most 200.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::params::Query;
use super::problem::Problem;
use crate::model::InvalidId;

const LIMIT: usize = 60;
const MAX_LIMIT: usize = 200;

/// Where a page begins and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    cursor: String,
    pub(super) limit: usize,
}

impl Cursor {
    /// The id the page begins behind; none for the first page.
    pub(super) fn id<T: std::str::FromStr<Err = InvalidId>>(&self) -> Result<Option<T>, Problem> {
        if self.cursor.is_empty() {
            return Ok(None);
        }
        self.cursor.parse().map(Some).map_err(|error| Problem::parameter("cursor", error))
    }
}

impl<S: Sync> FromRequestParts<S> for Cursor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let query = Query::from_request_parts(parts, state).await?;
        let limit = query.text("limit").parse().ok().filter(|limit| *limit > 0);
        Ok(Self { cursor: query.text("cursor"), limit: limit.unwrap_or(LIMIT).min(MAX_LIMIT) })
    }
}
