//! Why a handler failed, classified by who can fix it.

use core::fmt;

use crate::directory::DirectoryError;
use crate::kv::KvError;
use crate::messaging::MessagingError;

/// What every handler returns.
pub type Result<T> = core::result::Result<T, Failure>;

/// Why a handler failed.
///
/// `?` turns the errors of host calls and of JSON into one of these; write [`bail_user!`](crate::bail_user)
/// where the user who typed the command can fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The user can fix it; the text is shown to them unchanged.
    User(String),
    /// It may work later; the host may retry.
    Retryable(String),
    /// The author must fix it; the user sees a friendly text and the call id, and this text goes to the log.
    Fatal(String),
}

impl Failure {
    /// Returns the text of any variant.
    pub fn text(&self) -> &str {
        match self {
            Self::User(text) | Self::Retryable(text) | Self::Fatal(text) => text,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Failure {}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Fatal(format!("the JSON does not fit the expected form: {error}"))
    }
}

impl From<KvError> for Failure {
    fn from(error: KvError) -> Self {
        match error {
            KvError::Unavailable(_) => Self::Retryable(error.to_string()),
            KvError::Quota(_) | KvError::Conflict | KvError::Other(_) => Self::Fatal(error.to_string()),
        }
    }
}

impl From<MessagingError> for Failure {
    fn from(error: MessagingError) -> Self {
        match error {
            MessagingError::Unavailable(_) => Self::Retryable(error.to_string()),
            MessagingError::Denied(_)
            | MessagingError::NotFound
            | MessagingError::RateLimited(_)
            | MessagingError::Invalid(_)
            | MessagingError::Other(_) => Self::Fatal(error.to_string()),
        }
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Unavailable(_) => Self::Retryable(error.to_string()),
            DirectoryError::Denied(_) | DirectoryError::NotFound | DirectoryError::Other(_) => {
                Self::Fatal(error.to_string())
            }
        }
    }
}

/// Leaves the handler with [`Failure::User`]: the text is shown to the user.
#[macro_export]
macro_rules! bail_user {
    ($($text:tt)+) => {
        return ::core::result::Result::Err($crate::Failure::User(::std::format!($($text)+)))
    };
}

/// Leaves the handler with [`Failure::Fatal`]: the text is for the author and goes to the log.
#[macro_export]
macro_rules! bail_fatal {
    ($($text:tt)+) => {
        return ::core::result::Result::Err($crate::Failure::Fatal(::std::format!($($text)+)))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(count: u32) -> Result<()> {
        bail_user!("{count} dice are too many");
    }

    #[test]
    fn bail_user_formats_and_leaves() {
        assert_eq!(refuse(7), Err(Failure::User("7 dice are too many".into())));
    }

    #[test]
    fn only_unavailable_may_be_tried_again() {
        let retry = Failure::from(KvError::Unavailable("the database is down".into()));
        assert_eq!(retry, Failure::Retryable("stored values are unavailable: the database is down".into()));
        let denied = Failure::from(DirectoryError::Denied("no right to find-user".into()));
        assert_eq!(denied, Failure::Fatal("the directory refused: no right to find-user".into()));
        let missing = Failure::from(MessagingError::NotFound);
        assert_eq!(missing, Failure::Fatal("there is no such post or channel".into()));
    }
}
