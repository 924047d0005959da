//! Notices: what went wrong, as problems.

use axum::http::StatusCode;

use super::Problem;
use crate::notice::NoticeError;

impl From<NoticeError> for Problem {
    fn from(error: NoticeError) -> Self {
        let (status, id) = match error {
            NoticeError::Access(error) => return error.into(),
            NoticeError::Store(error) => return error.into(),
            NoticeError::Invalid { field, .. } => return Self::body(field, error.to_string()),
            NoticeError::NoRecipients
            | NoticeError::TooManyRecipients { .. }
            | NoticeError::UnknownRecipient => return Self::body("users", error.to_string()),
            NoticeError::NotFound("mail") => (StatusCode::NOT_FOUND, "mail_not_found"),
            NoticeError::NotFound(_) => (StatusCode::NOT_FOUND, "notice_not_found"),
            NoticeError::NoMail => (StatusCode::CONFLICT, "mail_not_set_up"),
            NoticeError::NotWaiting => (StatusCode::CONFLICT, "mail_not_waiting"),
        };
        Self::of(status, id, &error)
    }
}
