//! Mails: jobs whose subject is the user who gets one.

use serde::{Deserialize, Serialize};

use super::{JobId, JobState, Timestamp, UserId};

/// The payload of a job of the kind `mail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailJob {
    pub kind: MailKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailKind {
    /// One notice, at once.
    Notice,
    /// What gathered since the last one.
    Digest,
}

/// How a mail stands: the states of its job, in the words of the own API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailState {
    /// A digest that further notices still join.
    Gathering,
    Waiting,
    #[sqlx(rename = "done")]
    Sent,
    /// Given up; only an administrator has it tried again.
    Dead,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mail {
    pub id: JobId,
    pub user_id: UserId,
    pub kind: MailKind,
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is to be tried next.
    pub due_at: Timestamp,
    /// Why the last attempt failed.
    pub last_error: String,
    pub create_at: Timestamp,
    /// When it was sent, or given up.
    pub ended_at: Timestamp,
}

impl MailState {
    /// As the own API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gathering => "gathering",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    pub fn job_state(self) -> JobState {
        match self {
            Self::Gathering => JobState::Gathering,
            Self::Waiting => JobState::Waiting,
            Self::Sent => JobState::Done,
            Self::Dead => JobState::Dead,
        }
    }
}
