//! Lists by cursor: `cursor` is the `next_cursor` of the page before, `limit` is 60 and at most 200. A row that is
//! added or removed meanwhile shifts nothing, so no row is skipped or repeated.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{IntoParams, ToSchema};

use super::query::TypedQuery;
use crate::http::problem::Problem;
use crate::model::Timestamp;

const LIMIT: NonZeroUsize = NonZeroUsize::new(60).expect("60 is not 0");
const MAX_LIMIT: usize = 200;

/// A position in a list, opaque to clients: the key of the last row of a page.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String)]
pub(super) struct Cursor(String);

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct Paging {
    /// The `next_cursor` of the page before. Absent for the first page.
    cursor: Option<Cursor>,
    /// Most rows in the response; more than the maximum counts as the maximum.
    #[param(value_type = usize, minimum = 1, maximum = 200, default = 60)]
    limit: NonZeroUsize,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// Where the next page begins; null when this is the last.
    pub(super) next_cursor: Option<Cursor>,
}

impl Cursor {
    pub(super) fn new(key: impl fmt::Display) -> Self {
        Self(key.to_string())
    }

    /// Returns the cursor of a list that is ordered by time of creation, which ids alone do not reflect.
    pub(super) fn at_moment(moment: Timestamp, id: impl fmt::Display) -> Self {
        Self(format!("{} {id}", moment.as_millis()))
    }

    /// Returns the cursor as clients see it.
    pub(super) fn text(&self) -> String {
        BASE64URL_NOPAD.encode(self.0.as_bytes())
    }

    fn invalid() -> Problem {
        Problem::parameter("cursor", "send the `next_cursor` of a page of this list")
    }
}

impl Paging {
    /// Returns how many rows the page may have.
    pub(super) fn limit(&self) -> usize {
        self.limit.get().min(MAX_LIMIT)
    }

    /// Returns how many rows to read: one more than the page may have, to tell whether it is the last.
    pub(super) fn rows(&self) -> i64 {
        i64::try_from(self.limit() + 1).unwrap_or(i64::MAX)
    }

    /// Returns the id after which the page begins.
    pub(super) fn after_id<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        let id = self.cursor.as_ref().map(|Cursor(key)| key.parse().map_err(|_| Cursor::invalid()));
        id.transpose()
    }

    /// Returns the moment and the id after which the page begins; see [`Cursor::at_moment`].
    pub(super) fn after_moment<T: FromStr>(&self) -> Result<Option<(Timestamp, T)>, Problem> {
        let Some(Cursor(key)) = &self.cursor else { return Ok(None) };
        let parts = key
            .split_once(' ')
            .and_then(|(millis, id)| Some((Timestamp::from_millis(millis.parse().ok()?), id.parse().ok()?)));
        parts.map(Some).ok_or_else(Cursor::invalid)
    }

    /// Builds the page from up to [`Self::rows`] rows.
    pub(super) fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        cursor: impl FnOnce(&R) -> Cursor,
        response: impl FnMut(R) -> T,
    ) -> Page<T> {
        let more = rows.len() > self.limit();
        rows.truncate(self.limit());
        Page::new(rows, more, cursor, response)
    }
}

impl<T> Page<T> {
    /// Builds a page of these rows. `more` says whether further rows follow.
    pub(super) fn new<R>(
        rows: Vec<R>,
        more: bool,
        cursor: impl FnOnce(&R) -> Cursor,
        response: impl FnMut(R) -> T,
    ) -> Self {
        let next_cursor = rows.last().filter(|_| more).map(cursor);
        Self { items: rows.into_iter().map(response).collect(), next_cursor }
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self { cursor: None, limit: LIMIT }
    }
}

impl<S: Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let TypedQuery(paging) = TypedQuery::from_request_parts(parts, state).await?;
        Ok(paging)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let key = BASE64URL_NOPAD.decode(text.as_bytes()).ok().and_then(|key| String::from_utf8(key).ok());
        key.map(Self).ok_or_else(|| de::Error::custom("send the `next_cursor` of a page of this list"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(query: &str) -> Paging {
        crate::http::jackfield::query::parse(query).unwrap()
    }

    #[test]
    fn a_limit_is_bounded_and_an_empty_one_is_the_default() {
        for (query, limit) in [("", 60), ("limit=", 60), ("limit=7", 7), ("limit=100000000", 200)] {
            assert_eq!(paging(query).limit(), limit, "{query}");
        }
    }

    #[test]
    fn a_page_names_the_next_one_unless_it_is_the_last() {
        let paging = paging("limit=2");
        let page = |rows: Vec<u8>| paging.page(rows, |row| Cursor::new(row), |row| row);
        let Page { items, next_cursor } = page(vec![1, 2, 3]);
        assert_eq!((items, next_cursor), (vec![1, 2], Some(Cursor::new(2))));
        assert_eq!(page(vec![1, 2]).next_cursor, None);
    }

    #[test]
    fn a_cursor_comes_back_as_it_was_sent() {
        let id = "k".repeat(26);
        let cursor = Cursor::at_moment(Timestamp::from_millis(5), &id);
        let sent = serde_json::to_value(&cursor).unwrap();
        let after = paging(&format!("cursor={}", sent.as_str().unwrap())).after_moment().unwrap();
        assert_eq!(after, Some((Timestamp::from_millis(5), id)));
        assert!(crate::http::jackfield::query::parse::<Paging>("cursor=x").is_err());
    }
}
