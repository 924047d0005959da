//! Jobs: stored follow-up work of a kind. The worker runs each until it is done or dead.

use serde::Serialize;
use serde_json::Value;

use super::{JobId, Timestamp};

/// Longest payload, in bytes of JSON. The database refuses a longer one, and the unit of work that writes it fails.
/// A payload holds ids, not copies of the rows they refer to.
pub const MAX_JOB_PAYLOAD: usize = 64 * 1024;

/// Longest stored error of a job, in characters; the rest is cut off.
pub const MAX_JOB_ERROR: usize = 1000;

/// The kind of work a job does. Each kind has a handler in `worker`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum JobKind {
    /// A mail to one user, who is its subject. Its notices are in `mail_notices`.
    Mail,
    /// A post that its author, who is its subject, ordered for later.
    Echo,
    /// A message to one user, who is its subject, about a post that they wanted to be reminded of.
    Reminder,
    /// An event for one address of an outgoing webhook, which is its subject. Its rows are in `deliveries`.
    Delivery,
}

/// Follow-up work, written by the change that causes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewJob {
    pub id: JobId,
    pub kind: JobKind,
    /// The id of the object the job is about, such as the recipient of a mail. Jobs are found and removed by it.
    pub subject: String,
    pub payload: Value,
    /// While a job of this kind and key is gathering (see [`JobState`]), no second one is written.
    pub unique_key: Option<String>,
    /// When the first attempt is due.
    pub due_at: Timestamp,
    pub create_at: Timestamp,
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum JobState {
    /// The job has a unique key and was never claimed. Further work with this key joins it.
    Gathering,
    /// The job waits for an attempt, or an attempt is running.
    Waiting,
    Done,
    /// The job has failed for good. It stays until its retention ends, and only an administrator can retry it.
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
    /// Attempts since the job was written or last retried, this one included.
    pub attempts: i64,
    /// The fencing number. It grows with each claim and retry, so it identifies this claim.
    pub fencing: i64,
    pub due_at: Timestamp,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    Done {
        at: Timestamp,
    },
    /// The attempt failed, and the job is due again.
    Retry {
        due_at: Timestamp,
        error: String,
    },
    Dead {
        at: Timestamp,
        error: String,
    },
    /// Nothing was left to do, and the job is removed.
    Discarded,
}

impl JobKind {
    pub const ALL: [Self; 4] = [Self::Mail, Self::Echo, Self::Reminder, Self::Delivery];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Echo => "echo",
            Self::Reminder => "reminder",
            Self::Delivery => "delivery",
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
