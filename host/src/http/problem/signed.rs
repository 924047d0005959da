//! The signed API: refusals, failures and errors of applications as statuses.

use axum::http::StatusCode;

use super::{Code, Problem};
use crate::signed::{ApplicationError, Refusal, SignedError};

/// Returns the status of a refusal, for operators that enable real statuses.
pub(in crate::http) fn refusal_status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Query(_) | Refusal::BadNonce => StatusCode::BAD_REQUEST,
        Refusal::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::NoMethod | Refusal::UnknownCode => StatusCode::NOT_FOUND,
        Refusal::AddressDenied
        | Refusal::Unbound
        | Refusal::NoAccount
        | Refusal::DialectOff
        | Refusal::StrengthOff => StatusCode::FORBIDDEN,
        Refusal::Repeated => StatusCode::CONFLICT,
        Refusal::NoncesFull | Refusal::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::NoCode
        | Refusal::NoToken
        | Refusal::NoKey
        | Refusal::WrongTime
        | Refusal::WrongToken
        | Refusal::OtherBody => StatusCode::UNAUTHORIZED,
    }
}

/// Returns the status of a failed method, for operators that enable real statuses.
pub(in crate::http) const FAILURE_STATUS: StatusCode = StatusCode::BAD_REQUEST;

impl From<SignedError> for Problem {
    fn from(error: SignedError) -> Self {
        match error {
            SignedError::Refused(refusal) => {
                let (status, id) = (refusal_status(&refusal), "api.signed.refused.app_error");
                Self::new(status, Code::SignedRefused, id, refusal.reason())
            }
            SignedError::Chat(error) => error.into(),
            SignedError::Store(error) => error.into(),
        }
    }
}

impl From<ApplicationError> for Problem {
    fn from(error: ApplicationError) -> Self {
        let (status, code, id) = match error {
            ApplicationError::Invalid { field, .. } => return Self::body(field, error.to_string()),
            ApplicationError::Taken(_) => {
                (StatusCode::CONFLICT, Code::ApplicationCodeTaken, "app.application.taken.app_error")
            }
            ApplicationError::NotFound => {
                (StatusCode::NOT_FOUND, Code::ApplicationNotFound, "app.application.get.app_error")
            }
            ApplicationError::Access(error) => return error.into(),
            ApplicationError::Store(error) => return error.into(),
        };
        Self::of(status, code, id, &error)
    }
}
