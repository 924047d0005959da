//! Time in the wire's format: Unix milliseconds.

use std::fmt;
use std::time::Duration;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. In objects of the wire, zero means "never".
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    sqlx::Type,
    utoipa::ToSchema,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const NEVER: Self = Self(0);

    /// The last moment of the year 9999: the due time of work that is held.
    pub const FAR: Self = Self(253_402_300_799_999);

    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the moment as an unsigned number; a moment before 1970 becomes 0.
    pub fn as_unsigned_millis(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    pub fn is_never(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => moment.fmt(f),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}
