//! A plugin's fault as people may hear of it: a status, and a sentence without what is its author's business.

use axum::http::StatusCode;

use crate::runtime::{Fault, Refusal};

/// What the sender can mend is 4xx, what may pass is 503, the rest is 500.
pub(super) fn status(failed: &Fault) -> StatusCode {
    match failed {
        Fault::Refused { kind: Refusal::User, .. } => StatusCode::BAD_REQUEST,
        Fault::Refused { kind: Refusal::Retryable, .. } | Fault::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The plugin's words where they are meant for people, and the server's own. All else is in the log.
pub(super) fn told(failed: &Fault) -> String {
    match failed {
        Fault::Refused { kind: Refusal::Retryable, .. } => "it may work later: try again".to_owned(),
        Fault::Refused { kind: Refusal::Fatal, .. } | Fault::Trap { .. } | Fault::BadOutput(_) => {
            "the plugin failed; the server's log has the reason under the call's id".to_owned()
        }
        Fault::Refused { kind: Refusal::User, .. }
        | Fault::Deadline { .. }
        | Fault::Memory { .. }
        | Fault::Busy
        | Fault::Host(_) => failed.to_string(),
    }
}
