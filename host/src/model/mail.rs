//! A mail that waits to be sent, was sent, or was given up.

use serde::{Deserialize, Serialize};

use super::{JobId, Timestamp, UserId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailKind {
    /// One notice, at once.
    Notice,
    /// What gathered since the last one.
    Digest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailState {
    /// A digest that further notices still join.
    Gathering,
    Waiting,
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

/// A mail somebody holds for sending. Its attempts and its lease tell this claim from others: attempts alone would not,
/// as an administrator's retry counts them anew.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ClaimedMail {
    pub id: JobId,
    pub user_id: UserId,
    pub kind: MailKind,
    pub attempts: i64,
    /// When the lease ends.
    pub claimed_until: Timestamp,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailEnd {
    Sent {
        at: Timestamp,
    },
    Again {
        due_at: Timestamp,
        error: String,
    },
    Dead {
        at: Timestamp,
        error: String,
    },
    /// Nothing is left to be said, or nobody to be told: the mail is removed.
    Void,
}

impl MailState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gathering => "gathering",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }
}
