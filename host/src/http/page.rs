//! Paging, shared by the lists of v4: `page` starts at 0, `per_page` is 60 by default and at most 200. A value that is
//! not a number counts as absent.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::params::Query;
use super::problem::Problem;

const PER_PAGE: i64 = 60;
const MAX_PER_PAGE: i64 = 200;

/// The offset and length of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageRange {
    pub(super) offset: i64,
    pub(super) limit: i64,
}

impl PageRange {
    /// Returns the first page, with the maximum length.
    pub(super) fn first() -> Self {
        Self { offset: 0, limit: MAX_PER_PAGE }
    }

    fn of(query: &Query) -> Self {
        Self::numbered(query.number("page"), query.number("per_page"))
    }

    /// Returns the page with this number and length. A number below zero counts as absent.
    pub(super) fn numbered(page: Option<i64>, per_page: Option<i64>) -> Self {
        let limit = per_page.filter(|limit| *limit > 0).unwrap_or(PER_PAGE).min(MAX_PER_PAGE);
        Self { offset: page.unwrap_or(0).max(0).saturating_mul(limit), limit }
    }
}

impl<S: Sync> FromRequestParts<S> for PageRange {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self::of(&Query::from_request_parts(parts, state).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_clamped_and_never_an_error() {
        let page = |query| {
            let PageRange { offset, limit } = PageRange::of(&Query::parse(query).unwrap());
            (offset, limit)
        };
        assert_eq!(page(""), (0, 60));
        assert_eq!(page("page=2&per_page=10"), (20, 10));
        assert_eq!(page("per_page=100000000"), (0, 200));
        assert_eq!(page("page=-1&per_page=x"), (0, 60));
        assert_eq!(page("page=9223372036854775807&per_page=200"), (i64::MAX, 200));
    }
}
