//! Mails: jobs whose subject is the recipient.

use serde::{Deserialize, Serialize};

use super::{JobId, JobState, TeamId, Timestamp, UserId};

/// The payload of a job of the kind `mail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailJob {
    pub kind: MailKind,
}

/// The payload of such a job that invites an address to a team. The job's subject is the account that invites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationMail {
    pub kind: MailKind,
    pub team_id: TeamId,
    pub email: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailKind {
    /// One notice, sent at once.
    Notice,
    /// The notices that have gathered since the last digest.
    Digest,
    /// A link to set a new password.
    Password,
    /// A link that confirms the account's address.
    Verification,
    /// A link with which another address joins a team; `user_id` is the account that invites.
    Invitation,
}

/// The state of a mail: its job's state, in the terms of the own API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailState {
    /// A digest that further notices still join.
    Gathering,
    Waiting,
    #[sqlx(rename = "done")]
    Sent,
    /// The mail has failed for good; only an administrator can retry it.
    Dead,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mail {
    pub id: JobId,
    #[sqlx(rename = "subject")]
    pub user_id: UserId,
    pub kind: MailKind,
    pub state: MailState,
    /// The number of attempts so far.
    pub attempts: i64,
    /// When the next attempt is due.
    pub due_at: Timestamp,
    /// Why the last attempt failed.
    pub last_error: String,
    pub create_at: Timestamp,
    /// When it was sent or marked dead.
    pub ended_at: Timestamp,
}

impl MailState {
    /// Returns the state's name in the own API.
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
