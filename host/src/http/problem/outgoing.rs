//! Outgoing webhooks: errors as problems.

use axum::http::StatusCode;

use super::{Code, Problem};
use crate::hook::OutgoingError;
use crate::model::Kind;

impl From<OutgoingError> for Problem {
    fn from(error: OutgoingError) -> Self {
        let (status, code, id) = match error {
            OutgoingError::Access(error) => return error.into(),
            OutgoingError::Sealed(error) => return error.into(),
            OutgoingError::Chat(error) => return error.into(),
            OutgoingError::Store(error) => return error.into(),
            OutgoingError::Invalid { field, .. } => return Self::invalid(Kind::OutgoingHook, field, &error),
            OutgoingError::NotFound(kind) => return Self::not_found(kind, &error),
            OutgoingError::Disabled => {
                (StatusCode::NOT_IMPLEMENTED, Code::HooksDisabled, "api.outgoing_webhook.disabled.app_error")
            }
            OutgoingError::NoTriggers => (
                StatusCode::BAD_REQUEST,
                Code::HookNoTriggers,
                "api.webhook.create_outgoing.triggers.app_error",
            ),
            OutgoingError::NotPublic { is_update } => {
                let id = if is_update {
                    "api.webhook.create_outgoing.not_open.app_error"
                } else {
                    "api.outgoing_webhook.disabled.app_error"
                };
                (StatusCode::FORBIDDEN, Code::HookChannelElsewhere, id)
            }
            OutgoingError::ChannelElsewhere => (
                StatusCode::FORBIDDEN,
                Code::HookChannelElsewhere,
                "api.webhook.create_outgoing.permissions.app_error",
            ),
            OutgoingError::Overlap { is_update } => {
                let id = if is_update {
                    "api.webhook.update_outgoing.intersect.app_error"
                } else {
                    "api.webhook.create_outgoing.intersect.app_error"
                };
                (StatusCode::BAD_REQUEST, Code::HookOverlap, id)
            }
            OutgoingError::NotReplayable => {
                (StatusCode::CONFLICT, Code::DeliveryNotReplayable, "app.deliveries.replay.app_error")
            }
        };
        Self::of(status, code, id, &error)
    }
}
