//! Plugins and slash commands: errors as problems.

use axum::http::StatusCode;

use super::{Code, Problem};
use crate::command::CommandError;
use crate::plugin::package::PackageError;
use crate::plugin::{CallError, PluginError};
use crate::runtime::{Fault, LoadError, RefusalKind};

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let (status, code, id) = match error {
            CommandError::Access(error) => return error.into(),
            CommandError::Chat(error) => return error.into(),
            CommandError::Store(error) => return error.into(),
            CommandError::NotACommand => {
                (StatusCode::BAD_REQUEST, Code::CommandInvalid, "api.command.execute_command.start.app_error")
            }
            CommandError::NotFound(_) => (
                StatusCode::NOT_FOUND,
                Code::CommandNotFound,
                "api.command.execute_command.not_found.app_error",
            ),
            CommandError::Call { trigger, error: CallError::Fault { plugin, call, fault } } => {
                let reason = public_reason(&fault);
                let message = format!("/{trigger} did not succeed: {reason} (plugin {plugin}, call {call})");
                let id = "api.command.execute_command.failed.app_error";
                return Self::new(fault_status(&fault), Code::CommandFailed, id, message);
            }
            CommandError::Call { error: CallError::Contended { .. }, .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::PluginBusy,
                "api.command.execute_command.contended.app_error",
            ),
            CommandError::Call { error: CallError::Denied { .. }, .. } => {
                (StatusCode::FORBIDDEN, Code::PluginDenied, "api.command.execute_command.denied.app_error")
            }
        };
        Self::of(status, code, id, &error)
    }
}

impl From<PluginError> for Problem {
    fn from(error: PluginError) -> Self {
        let (status, code, id) = match error {
            PluginError::Access(error) => return error.into(),
            PluginError::Store(error) => return error.into(),
            PluginError::Package(PackageError::TooLarge(_)) => {
                (StatusCode::PAYLOAD_TOO_LARGE, Code::PluginTooLarge, "api.plugin.upload.file.app_error")
            }
            PluginError::Load(LoadError::Compiler(error)) => return Self::internal(&error),
            PluginError::Load(LoadError::Interrupted) => return Self::stopping(),
            PluginError::Load(LoadError::CompilerBusy) => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::PluginBusy, "app.plugin.compiler_busy.app_error")
            }
            PluginError::Package(_) | PluginError::Load(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Code::PluginRefused, "app.plugin.manifest.app_error")
            }
            PluginError::NotFound(_) => {
                (StatusCode::NOT_FOUND, Code::PluginNotFound, "app.plugin.not_installed.app_error")
            }
            PluginError::OtherSheet { .. } => {
                (StatusCode::CONFLICT, Code::PluginConsentOutdated, "app.plugin.consent.app_error")
            }
            PluginError::TriggerTaken { .. } | PluginError::TriggerReserved(_) => {
                (StatusCode::CONFLICT, Code::PluginTriggerTaken, "app.plugin.trigger.app_error")
            }
            PluginError::Replaced => {
                (StatusCode::CONFLICT, Code::PluginReplaced, "app.plugin.replaced.app_error")
            }
        };
        Self::of(status, code, id, &error)
    }
}

/// Returns 4xx if the sender can correct the fault, 503 if a retry may succeed, otherwise 500.
pub(super) fn fault_status(failed: &Fault) -> StatusCode {
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
