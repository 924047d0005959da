//! The one match from the modules' errors to a status and a public text. The only place with status codes of errors.
//!
//! Clients of the wire read `status_code`, `message` and sometimes `id`; the ids are Mattermost's where it has one
//! for the case. The host's own API answers the same facts as problem details (RFC 9457).

mod faults;
mod files;
mod notices;
mod render;
mod signed;

pub(super) use render::Shape;
pub(super) use signed::{FAILURE_STATUS, refusal_status};

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::access::AccessError;
use crate::chat::ChatError;
use crate::command::CommandError;
use crate::hook::{HookError, PayloadError, SignatureError};
use crate::plugin::PluginError;
use crate::plugin::package::PackageError;
use crate::secret::SealError;
use crate::store::StoreError;

/// An error on its way out: the envelope gives it its shape and the request's id.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    id: &'static str,
    message: String,
    /// Which input was wrong, where one was.
    field: Option<String>,
    /// What happened, for the log only: set when the fault is the server's.
    cause: Option<String>,
    /// Whether the answer tells the request's id. An unknown address has none.
    anonymous: bool,
}

impl Problem {
    pub(super) fn new(status: StatusCode, id: &'static str, message: impl Into<String>) -> Self {
        Self { status, id, message: message.into(), field: None, cause: None, anonymous: false }
    }

    fn of(status: StatusCode, id: &'static str, error: &dyn std::error::Error) -> Self {
        Self::new(status, id, error.to_string())
    }

    pub(super) fn body(field: &str, reason: impl Into<String>) -> Self {
        let mut problem =
            Self::new(StatusCode::BAD_REQUEST, "api.context.invalid_body_param.app_error", reason);
        problem.field = Some(field.to_owned());
        problem
    }

    pub(super) fn parameter(name: &str, reason: impl std::fmt::Display) -> Self {
        let message = format!("`{name}` in the address is not valid: {reason}");
        let mut problem =
            Self::new(StatusCode::BAD_REQUEST, "api.context.invalid_url_param.app_error", message);
        problem.field = Some(name.to_owned());
        problem
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than the {limit} bytes allowed here");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "api.context.request_body_too_large.app_error", message)
    }

    pub(super) fn no_such_address(path: &str) -> Self {
        let message = format!("there is nothing at {}", path.chars().take(200).collect::<String>());
        let problem = Self::new(StatusCode::NOT_FOUND, "api.context.404.app_error", message);
        Self { anonymous: true, ..problem }
    }

    pub(super) fn method_not_allowed(path: &str) -> Self {
        let message = format!("{} does not take this method", path.chars().take(200).collect::<String>());
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "api.context.405.app_error", message)
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The server's own failures are logged once, here.
    pub(super) fn log(&self, request: &str, method: &Method, path: &str) {
        if let Some(cause) = &self.cause {
            tracing::error!(request, %method, path, status = self.status.as_u16(), cause, "a request failed");
        }
    }

    fn internal(error: &dyn std::error::Error) -> Self {
        let mut cause = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            cause = format!("{cause}: {inner}");
            source = inner.source();
        }
        let message = "the server failed at this; its log has the reason under the request's id";
        let problem =
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api.context.server_error.app_error", message);
        Self { cause: Some(cause), ..problem }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => {
                Self::of(StatusCode::CONFLICT, "api.context.conflict.app_error", &error)
            }
            StoreError::Stopped => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, "api.context.stopping.app_error", &error)
            }
            StoreError::Undone => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, "api.context.not_written.app_error", &error)
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let (status, id) = match error {
            AccessError::NoSession => (StatusCode::UNAUTHORIZED, "api.context.session_expired.app_error"),
            AccessError::WrongLogin => {
                (StatusCode::UNAUTHORIZED, "api.user.login.invalid_credentials_email_username")
            }
            AccessError::BlankPassword => (StatusCode::BAD_REQUEST, "api.user.login.blank_pwd.app_error"),
            AccessError::Inactive => (StatusCode::UNAUTHORIZED, "api.user.login.inactive.app_error"),
            AccessError::BotLogin => {
                (StatusCode::UNAUTHORIZED, "api.user.login.bot_login_forbidden.app_error")
            }
            AccessError::Forbidden(_) => (StatusCode::FORBIDDEN, "api.context.permissions.app_error"),
            AccessError::SignupClosed => (StatusCode::FORBIDDEN, "api.user.create_user.no_open_server"),
            AccessError::Taken => (StatusCode::BAD_REQUEST, "store.sql_user.save.username_exists.app_error"),
            AccessError::NotFound(_) => (StatusCode::NOT_FOUND, "store.sql_user.missing_account.const"),
            AccessError::TooManyAttempts(_) => {
                (StatusCode::UNAUTHORIZED, "api.user.check_user_login_attempts.too_many.app_error")
            }
            AccessError::WrongPassword => {
                (StatusCode::BAD_REQUEST, "api.user.update_password.incorrect.app_error")
            }
            AccessError::LastAdmin => (StatusCode::BAD_REQUEST, "api.user.last_admin.app_error"),
            AccessError::BadInvitation => {
                (StatusCode::BAD_REQUEST, "api.user.create_user.signup_link_invalid.app_error")
            }
            AccessError::Invalid { field, .. } => return Self::body(field, error.to_string()),
            AccessError::Hash(_) => return Self::internal(&error),
            AccessError::Store(error) => return error.into(),
        };
        Self::of(status, id, &error)
    }
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NotFound(_) => Self::of(StatusCode::NOT_FOUND, "store.sql.missing.app_error", &error),
            ChatError::Taken(_) => Self::of(StatusCode::BAD_REQUEST, "store.sql.exists.app_error", &error),
            ChatError::Invalid { field, .. } => Self::body(field, error.to_string()),
            ChatError::BadRoot => {
                Self::of(StatusCode::BAD_REQUEST, "api.post.create_post.root_id.app_error", &error)
            }
            ChatError::TooLong { .. } => {
                Self::of(StatusCode::BAD_REQUEST, "model.post.is_valid.msg.app_error", &error)
            }
            ChatError::TooManyEmoji { .. } => {
                Self::of(StatusCode::BAD_REQUEST, "app.reaction.save.save.too_many_reactions", &error)
            }
            ChatError::Access(error) => error.into(),
            ChatError::Store(error) => error.into(),
        }
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        Self::internal(&error)
    }
}

impl From<SignatureError> for Problem {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Sealed(error) => error.into(),
            _ => Self::of(StatusCode::UNAUTHORIZED, "web.incoming_webhook.signature.app_error", &error),
        }
    }
}

impl From<PayloadError> for Problem {
    fn from(error: PayloadError) -> Self {
        let id = match &error {
            PayloadError::ContentType(_) => "api.webhook.incoming.error",
            PayloadError::NoText => "web.incoming_webhook.text.app_error",
            _ => "model.incoming_hook.parse_data.app_error",
        };
        match &error {
            PayloadError::Json(cause) => Self::new(
                StatusCode::BAD_REQUEST,
                id,
                format!("the body is not JSON this server can read: {cause}"),
            ),
            _ => Self::of(StatusCode::BAD_REQUEST, id, &error),
        }
    }
}

impl From<HookError> for Problem {
    fn from(error: HookError) -> Self {
        let (status, id) = match error {
            HookError::Payload(error) => return error.into(),
            HookError::Signature(error) => return error.into(),
            HookError::Sealed(error) => return error.into(),
            HookError::Chat(error) => return error.into(),
            HookError::Store(error) => return error.into(),
            HookError::Disabled => (StatusCode::NOT_IMPLEMENTED, "web.incoming_webhook.disabled.app_error"),
            // 400, not 404: what senders of the wire expect of an unknown hook.
            HookError::UnknownHook => (StatusCode::BAD_REQUEST, "web.incoming_webhook.invalid.app_error"),
            HookError::NoOwner | HookError::Forbidden => {
                (StatusCode::FORBIDDEN, "web.incoming_webhook.permissions.app_error")
            }
            HookError::UnknownUser(_) => (StatusCode::BAD_REQUEST, "web.incoming_webhook.user.app_error"),
            HookError::UnknownChannel(_) => (StatusCode::NOT_FOUND, "web.incoming_webhook.channel.app_error"),
            HookError::ChannelLocked => {
                (StatusCode::FORBIDDEN, "web.incoming_webhook.channel_locked.app_error")
            }
            HookError::Contended { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "web.incoming_webhook.contended.app_error")
            }
            HookError::PluginNotEnabled(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "web.incoming_webhook.plugin_disabled.app_error")
            }
            HookError::Plugin { plugin, call, failed } => {
                let told = faults::told(&failed);
                let message =
                    format!("the plugin {plugin} did not accept this request: {told} (call {call})");
                let id = "web.incoming_webhook.plugin_failed.app_error";
                return Self::new(faults::status(&failed), id, message);
            }
            HookError::Denied { .. } => {
                (StatusCode::FORBIDDEN, "web.incoming_webhook.plugin_denied.app_error")
            }
        };
        Self::of(status, id, &error)
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let (status, id) = match error {
            CommandError::Chat(error) => return error.into(),
            CommandError::Store(error) => return error.into(),
            CommandError::NotACommand => {
                (StatusCode::BAD_REQUEST, "api.command.execute_command.start.app_error")
            }
            CommandError::NotFound(_) => {
                (StatusCode::NOT_FOUND, "api.command.execute_command.not_found.app_error")
            }
            CommandError::Failed { trigger, plugin, call, failed } => {
                let told = faults::told(&failed);
                let message = format!("/{trigger} did not succeed: {told} (plugin {plugin}, call {call})");
                let id = "api.command.execute_command.failed.app_error";
                return Self::new(faults::status(&failed), id, message);
            }
            CommandError::Contended { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "api.command.execute_command.contended.app_error")
            }
            CommandError::Denied { .. } => {
                (StatusCode::FORBIDDEN, "api.command.execute_command.denied.app_error")
            }
        };
        Self::of(status, id, &error)
    }
}

impl From<PluginError> for Problem {
    fn from(error: PluginError) -> Self {
        let (status, id) = match error {
            PluginError::Access(error) => return error.into(),
            PluginError::Store(error) => return error.into(),
            PluginError::Package(PackageError::TooLarge(_)) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "plugin_too_large")
            }
            PluginError::Package(_) | PluginError::Load(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "plugin_refused")
            }
            PluginError::NotFound(_) => (StatusCode::NOT_FOUND, "plugin_not_found"),
            PluginError::OtherSheet { .. } => (StatusCode::CONFLICT, "plugin_consent"),
            PluginError::TriggerTaken { .. } | PluginError::TriggerReserved(_) => {
                (StatusCode::CONFLICT, "plugin_trigger_taken")
            }
            PluginError::Replaced => (StatusCode::CONFLICT, "plugin_replaced"),
        };
        Self::of(status, id, &error)
    }
}
