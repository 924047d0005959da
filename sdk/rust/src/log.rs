//! The level of a log line.

use serde::Serialize;

/// The level of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every step.
    Trace,
    /// Details for debugging.
    Debug,
    /// Something noteworthy.
    Info,
    /// Something unusual; the call continues.
    Warn,
    /// Something failed.
    Error,
}
