//! Jobs: stored follow-up work of a kind, which the worker runs until it is done or given up.

use serde::Serialize;
use serde_json::Value;

use super::{JobId, Timestamp};

/// Longest payload, in bytes of JSON; the database refuses a longer one, and the unit of work that writes it fails.
/// A payload holds ids, and no copies of what they name.
pub const MAX_JOB_PAYLOAD: usize = 64 * 1024;

/// Longest error of a job that is kept, in characters; the rest is cut off.
pub const MAX_JOB_ERROR: usize = 1000;

/// What kind of work a job is. Each kind has a handler in `worker`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum JobKind {
    /// A mail to one user. Its subject is the user; its notices stand in `mail_notices`.
    Mail,
}

/// Follow-up work, written by the change that causes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewJob {
    pub id: JobId,
    pub kind: JobKind,
    /// The id of what the job is about, such as the user who gets a mail. Jobs are found and removed by it.
    pub subject: String,
    pub payload: Value,
    /// While a job of this kind and key gathers (see [`JobState`]), another one is not written.
    pub unique_key: Option<String>,
    /// When it is to be tried first.
    pub due_at: Timestamp,
    pub create_at: Timestamp,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum JobState {
    /// Has a unique key, and was never claimed: further work with this key joins it.
    Gathering,
    /// Waits for an attempt, or is being tried.
    Waiting,
    Done,
    /// Given up; it stays until its retention ends, and only an administrator has it tried again.
    Dead,
}

/// A job that a worker claimed.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ClaimedJob {
    pub id: JobId,
    pub kind: JobKind,
    pub subject: String,
    #[sqlx(json)]
    pub payload: Value,
    /// How often it was tried since it was written or last retried, this attempt included.
    pub attempts: i64,
    /// The fencing number: grows with each claim and retry, so that it tells this claim from all others.
    pub fencing: i64,
    pub due_at: Timestamp,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    Done {
        at: Timestamp,
    },
    /// It failed, and is due again.
    Retry {
        due_at: Timestamp,
        error: String,
    },
    Dead {
        at: Timestamp,
        error: String,
    },
    /// There was nothing left to do: the job is removed.
    Discarded,
}

impl JobKind {
    pub const ALL: [Self; 1] = [Self::Mail];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
        }
    }
}

impl JobState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gathering => "gathering",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}
