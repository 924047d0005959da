//! Notices and their mails: errors as problems.

use axum::http::StatusCode;

use super::{Code, Problem};
use crate::notice::NoticeError;

const INVALID_FIELD: &str = "api.context.invalid_body_param.app_error";

impl From<NoticeError> for Problem {
    fn from(error: NoticeError) -> Self {
        let users = |code| Self::of(StatusCode::BAD_REQUEST, code, INVALID_FIELD, &error).at("users");
        let (status, code, id) = match error {
            NoticeError::Access(error) => return error.into(),
            NoticeError::Store(error) => return error.into(),
            NoticeError::Invalid { field, .. } => return Self::body(field, error.to_string()),
            NoticeError::NoRecipients => return users(Code::NoticeNoRecipients),
            NoticeError::TooManyRecipients { .. } => return users(Code::NoticeTooManyRecipients),
            NoticeError::UnknownRecipient => return users(Code::NoticeUnknownRecipient),
            NoticeError::NotFound(kind) => return Self::not_found(kind, &error),
            NoticeError::NoMail => (StatusCode::CONFLICT, Code::MailNotSetUp, "api.notice.no_mail.app_error"),
            NoticeError::NotWaiting => {
                (StatusCode::CONFLICT, Code::MailNotWaiting, "api.notice.mail_not_waiting.app_error")
            }
        };
        Self::of(status, code, id, &error)
    }
}
