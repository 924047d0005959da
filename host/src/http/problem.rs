//! Turns a module's error into a response. Each error type has one match, in a file below, that yields the status, the
//! own API's code and v4's id; no other code chooses the status of an error.
//!
//! v4 clients read `status_code`, `message` and sometimes `id`; the ids are Mattermost's where it has one for the case.
//! The own API sends the same facts as problem details (RFC 9457), with a [`Code`], the field and a remedy.

mod access;
mod chat;
mod code;
mod hooks;
mod kinds;
mod notices;
mod outgoing;
mod plugins;
mod prohibitions;
mod render;
mod signed;

pub(super) use code::Code;
pub(super) use render::{ErrorResponse, ProblemDetails, RenderProblems, Shape};
pub(super) use signed::{FAILURE_STATUS, refusal_status};

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::budget::{BudgetExhausted, RETRY_AFTER};
use crate::model::Kind;
use crate::secret::SealError;
use crate::store::StoreError;

/// Seconds after which a client may try again if the disk is full.
const RETRY_FULL: u64 = 60;

/// Longest text of an error, in characters. An error may quote what the client sent, but not all of it.
const MAX_TEXT: usize = 1000;

/// An error that has not been rendered yet: [`RenderProblems`] gives it its shape and the request's id.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: Code,
    /// The error's id in v4.
    id: &'static str,
    message: String,
    /// The field or parameter at fault.
    field: Option<String>,
    /// What happened, for the log only. Set if the fault is the server's.
    cause: Option<String>,
    /// Seconds until a retry may succeed, for the header `Retry-After`.
    retry_after: Option<u64>,
    /// Whether the response omits the request's id, as v4 does for an unknown address.
    anonymous: bool,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: Code, id: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            id,
            message: cut(message.into()),
            field: None,
            cause: None,
            retry_after: None,
            anonymous: false,
        }
    }

    fn of(status: StatusCode, code: Code, id: &'static str, error: &dyn std::error::Error) -> Self {
        Self::new(status, code, id, error.to_string())
    }

    /// Names the field or parameter that is at fault.
    pub(super) fn at(self, field: impl Into<String>) -> Self {
        Self { field: Some(cut(field.into())), ..self }
    }

    /// Gives an invalid request the id that its route has for it. Other errors keep theirs.
    pub(super) fn called(self, id: &'static str) -> Self {
        if self.status == StatusCode::BAD_REQUEST { Self { id, ..self } } else { self }
    }

    /// Tells the client after how many seconds a retry may succeed.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Gives a refusal for lack of permission the id that v4 has for this request. Other problems stay as they are.
    pub(super) fn renamed(self, id: &'static str) -> Self {
        if self.status == StatusCode::FORBIDDEN { Self { id, ..self } } else { self }
    }

    /// Reports an invalid field of the body.
    pub(super) fn body(field: &str, reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::RequestInvalidField, kinds::INVALID_BODY, reason).at(field)
    }

    /// Reports a thing that does not exist.
    fn not_found(kind: Kind, error: &dyn std::error::Error) -> Self {
        let (code, id) = kinds::not_found(kind);
        // A preference that was never set is a mistake of the request in v4; clients expect it.
        let missing = if kind == Kind::Preference { StatusCode::BAD_REQUEST } else { StatusCode::NOT_FOUND };
        Self::of(missing, code, id, error)
    }

    /// Reports a new thing of which another one has the name already.
    fn taken(kind: Kind, error: &dyn std::error::Error) -> Self {
        let (code, id) = kinds::taken(kind);
        Self::of(StatusCode::BAD_REQUEST, code, id, error)
    }

    /// Reports a field of a thing whose value is not valid.
    fn invalid(kind: Kind, field: &str, error: &dyn std::error::Error) -> Self {
        let id = kinds::invalid(kind, field);
        Self::of(StatusCode::BAD_REQUEST, Code::RequestInvalidField, id, error).at(field)
    }

    /// Reports an invalid parameter of an action on the socket.
    pub(super) fn action_parameter(name: &str, reason: &str) -> Self {
        let id = "api.websocket_handler.invalid_param.app_error";
        Self::new(StatusCode::BAD_REQUEST, Code::RequestInvalidParameter, id, reason).at(name)
    }

    /// Reports an invalid parameter of the path or the query.
    pub(super) fn parameter(name: &str, reason: impl std::fmt::Display) -> Self {
        let message = format!("`{name}` in the address is not valid: {reason}");
        let id = "api.context.invalid_url_param.app_error";
        Self::new(StatusCode::BAD_REQUEST, Code::RequestInvalidParameter, id, message).at(name)
    }

    /// Reports a token in the address, where logs and histories keep it.
    pub(super) fn token_in_query() -> Self {
        let message = "a token in the address is not accepted; send it as `Authorization: Bearer TOKEN`";
        let id = "api.context.token_provided.app_error";
        Self::new(StatusCode::UNAUTHORIZED, Code::AuthRequired, id, message)
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than the {limit} bytes allowed here");
        let id = "api.context.request_body_too_large.app_error";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::RequestTooLarge, id, message)
    }

    pub(super) fn no_such_address(path: &str) -> Self {
        let message = format!("there is nothing at {}", path.chars().take(200).collect::<String>());
        let id = "api.context.404.app_error";
        let problem = Self::new(StatusCode::NOT_FOUND, Code::RequestNoSuchAddress, id, message);
        Self { anonymous: true, ..problem }
    }

    pub(super) fn method_not_allowed(path: &str) -> Self {
        let message = format!("{} does not take this method", path.chars().take(200).collect::<String>());
        let id = "api.context.405.app_error";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::RequestMethodNotAllowed, id, message)
    }

    pub(super) fn stopping() -> Self {
        let message = "the server is stopping; send the request again in a moment";
        let id = "api.context.stopping.app_error";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::ServerStopping, id, message)
            .retry_after(RETRY_AFTER.into())
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Logs a failure of the server; no other code does.
    pub(super) fn log(&self, request: &str, method: &Method, path: &str) {
        if let Some(cause) = &self.cause {
            tracing::error!(request, %method, path, status = self.status.as_u16(), cause, "a request failed");
        }
    }

    /// Reports a full disk. The operator has to act, so the retry is late.
    fn full(error: &dyn std::error::Error) -> Self {
        let id = "api.context.disk_full.app_error";
        let problem = Self::of(StatusCode::INSUFFICIENT_STORAGE, Code::ServerDiskFull, id, error);
        Self { cause: Some(chain(error)), ..problem }.retry_after(RETRY_FULL)
    }

    /// Reports a database or a disk that does not respond.
    fn unavailable(error: &dyn std::error::Error) -> Self {
        let id = "api.context.unavailable.app_error";
        let problem = Self::of(StatusCode::SERVICE_UNAVAILABLE, Code::ServerUnavailable, id, error);
        Self { cause: Some(chain(error)), ..problem }.retry_after(RETRY_AFTER.into())
    }

    pub(super) fn internal(error: &dyn std::error::Error) -> Self {
        let message = "the server failed; its log has the reason under the request's id";
        let id = "api.context.server_error.app_error";
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::ServerError, id, message);
        Self { cause: Some(chain(error)), ..problem }
    }
}

/// Returns an error's text with those of its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// Cuts a text to [`MAX_TEXT`].
fn cut(mut text: String) -> String {
    let end = text.char_indices().nth(MAX_TEXT).map(|(end, _)| end);
    if let Some(end) = end {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let (status, code, id) = match error {
            StoreError::Conflict(_) => {
                (StatusCode::CONFLICT, Code::ServerConflict, "api.context.conflict.app_error")
            }
            StoreError::LimitReached { .. } => {
                (StatusCode::BAD_REQUEST, Code::LimitReached, "api.context.limit_reached.app_error")
            }
            StoreError::TooSlow(_) => {
                (StatusCode::BAD_REQUEST, Code::RequestTooSlow, "api.context.too_slow.app_error")
            }
            StoreError::Stopped => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::ServerStopping, "api.context.stopping.app_error")
            }
            StoreError::Undone => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::ServerWriteFailed,
                "api.context.not_written.app_error",
            ),
            StoreError::Full(_) => return Self::full(&error),
            StoreError::Unavailable(_) => return Self::unavailable(&error),
            _ => return Self::internal(&error),
        };
        let problem = Self::of(status, code, id, &error);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            problem.retry_after(RETRY_AFTER.into())
        } else {
            problem
        }
    }
}

impl From<BudgetExhausted> for Problem {
    fn from(error: BudgetExhausted) -> Self {
        let id = "api.context.busy.app_error";
        let problem = Self::of(StatusCode::SERVICE_UNAVAILABLE, Code::ServerBusy, id, &error);
        problem.retry_after(RETRY_AFTER.into())
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        Self::internal(&error)
    }
}
