//! Incoming webhooks: errors as problems.

use axum::http::StatusCode;

use super::plugins::{fault_status, public_reason};
use super::{Code, Problem};
use crate::hook::{HookError, PayloadError};
use crate::model::Kind;
use crate::plugin::CallError;
use crate::verifier::SignatureError;

impl From<SignatureError> for Problem {
    fn from(error: SignatureError) -> Self {
        let id = "web.incoming_webhook.signature.app_error";
        Self::of(StatusCode::UNAUTHORIZED, Code::HookSignatureInvalid, id, &error)
    }
}

impl From<PayloadError> for Problem {
    fn from(error: PayloadError) -> Self {
        let id = match &error {
            PayloadError::ContentType(_) | PayloadError::Form(_) | PayloadError::UnknownPart(_) => {
                "api.webhook.incoming.error"
            }
            PayloadError::NoText => "web.incoming_webhook.text.app_error",
            PayloadError::SystemKind => "api.context.invalid_param.app_error",
            _ => "model.incoming_hook.parse_data.app_error",
        };
        Self::of(StatusCode::BAD_REQUEST, Code::HookPayloadInvalid, id, &error)
    }
}

impl From<HookError> for Problem {
    fn from(error: HookError) -> Self {
        let (status, code, id) = match error {
            HookError::Payload(error) => return error.into(),
            HookError::Signature(error) => return error.into(),
            HookError::Sealed(error) => return error.into(),
            HookError::Access(error) => return error.into(),
            HookError::Chat(error) => return error.into(),
            HookError::Store(error) => return error.into(),
            HookError::Invalid { field, .. } => return Self::invalid(Kind::IncomingHook, field, &error),
            HookError::NotFound(kind) => return Self::not_found(kind, &error),
            HookError::Disabled => {
                (StatusCode::NOT_IMPLEMENTED, Code::HooksDisabled, "web.incoming_webhook.disabled.app_error")
            }
            // The status is 400 rather than 404, because senders rely on it for an unknown hook.
            HookError::UnknownHook => {
                (StatusCode::BAD_REQUEST, Code::HookNotFound, "web.incoming_webhook.invalid.app_error")
            }
            HookError::NoOwner | HookError::OwnerStopped | HookError::Forbidden => {
                (StatusCode::FORBIDDEN, Code::HookForbidden, "web.incoming_webhook.permissions.app_error")
            }
            HookError::UnknownUser(_) => {
                (StatusCode::BAD_REQUEST, Code::AccountNotFound, "web.incoming_webhook.user.app_error")
            }
            HookError::UnknownChannel(_) => {
                (StatusCode::NOT_FOUND, Code::ChannelNotFound, "web.incoming_webhook.channel.app_error")
            }
            HookError::ChannelLocked => (
                StatusCode::FORBIDDEN,
                Code::HookChannelLocked,
                "web.incoming_webhook.channel_locked.app_error",
            ),
            HookError::Call(CallError::Contended { .. }) => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::PluginBusy,
                "web.incoming_webhook.contended.app_error",
            ),
            HookError::PluginNotEnabled(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::PluginNotEnabled,
                "web.incoming_webhook.plugin_disabled.app_error",
            ),
            HookError::Call(CallError::Fault { plugin, call, fault }) => {
                let reason = public_reason(&fault);
                let message =
                    format!("the plugin {plugin} did not accept this request: {reason} (call {call})");
                let id = "web.incoming_webhook.plugin_failed.app_error";
                return Self::new(fault_status(&fault), Code::PluginFailed, id, message);
            }
            HookError::Call(CallError::Denied { .. }) => {
                (StatusCode::FORBIDDEN, Code::PluginDenied, "web.incoming_webhook.plugin_denied.app_error")
            }
        };
        Self::of(status, code, id, &error)
    }
}
