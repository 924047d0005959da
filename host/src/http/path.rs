//! Ids in an address.

use super::problem::Problem;
use crate::model::InvalidId;

/// An id in an address, or the error that says which part of it is none.
pub(super) fn id<T: std::str::FromStr<Err = InvalidId>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::parameter(name, error))
}
