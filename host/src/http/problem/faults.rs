//! The public view of a plugin's fault: a status, and a reason without the details that only the plugin's author needs.

use axum::http::StatusCode;

use crate::runtime::{Fault, RefusalKind};

/// Returns 4xx if the sender can correct the fault, 503 if a retry may succeed, otherwise 500.
pub(super) fn status(failed: &Fault) -> StatusCode {
    match failed {
        Fault::Refused { kind: RefusalKind::User, .. } => StatusCode::BAD_REQUEST,
        Fault::Refused { kind: RefusalKind::Retryable, .. } | Fault::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Returns the plugin's text if it is meant for users, else the server's. All details are in the log only.
pub(super) fn public_reason(failed: &Fault) -> String {
    match failed {
        Fault::Refused { kind: RefusalKind::Retryable, .. } => "it may work later; try again".to_owned(),
        Fault::Refused { kind: RefusalKind::Fatal, .. } | Fault::Trap { .. } | Fault::BadOutput(_) => {
            "the plugin failed; the server's log has the reason under the call's id".to_owned()
        }
        Fault::Refused { kind: RefusalKind::User, .. }
        | Fault::Deadline { .. }
        | Fault::Memory { .. }
        | Fault::Busy
        | Fault::Host(_) => failed.to_string(),
    }
}
