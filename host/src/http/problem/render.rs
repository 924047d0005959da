//! Renders a problem in the shape that its address uses.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Code, Problem};
use crate::http::middleware::{Middleware, NextService, Responding};
use crate::http::request_id;

/// The shape of errors below an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Shape {
    /// Mattermost's error object.
    Wire,
    /// Problem details (RFC 9457).
    Details,
    /// A failure of the signed API.
    Signed,
    /// A text for people.
    Page,
}

/// Mattermost's error object.
#[derive(Debug, Serialize)]
pub(in crate::http) struct ErrorResponse {
    id: &'static str,
    message: String,
    detailed_error: &'static str,
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// Why a request failed: problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ProblemDetails {
    /// Always `about:blank`; `code` tells problems apart.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    status: u16,
    /// What went wrong, for a person to read.
    detail: String,
    code: Code,
    /// The field of the body or the parameter of the address that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What to do, for a person to read.
    remedy: &'static str,
    /// The request's id, as in the header `X-Request-Id` and in the server log.
    request_id: String,
}

impl Shape {
    pub(in crate::http) fn of(path: &str) -> Self {
        if path.starts_with("/api/jackfield/") {
            Self::Details
        } else if path.starts_with("/api/") || path.starts_with("/hooks/") {
            Self::Wire
        } else if path == "/api.php" || path == "/x.php" || path.starts_with("/im/") {
            Self::Signed
        } else {
            Self::Page
        }
    }
}

/// Renders the problem that a response carries as a body in the shape of its address, and logs it if the fault is the
/// server's.
#[derive(Debug, Clone)]
pub(in crate::http) struct RenderProblems;

impl Middleware for RenderProblems {
    fn handle(&self, request: Request, next: &mut impl NextService) -> Responding {
        let id = request_id::of(&request);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let responding = next.call(request);
        Box::pin(async move {
            let mut response = responding.await?;
            let Some(problem) = response.extensions_mut().remove::<Problem>() else { return Ok(response) };
            problem.log(&id, &method, uri.path());
            let mut rendered = problem.render(Shape::of(uri.path()), &id);
            // Headers that the handler set stay, such as `Retry-After`, but the length belongs to the replaced body.
            let mut headers = std::mem::take(response.headers_mut());
            headers.remove(header::CONTENT_LENGTH);
            rendered.headers_mut().extend(headers);
            Ok(rendered)
        })
    }
}

impl Problem {
    pub(in crate::http) fn render(&self, shape: Shape, request: &str) -> Response {
        let mut response = match shape {
            Shape::Wire => self.wire(request),
            Shape::Details => self.details(request),
            Shape::Signed => self.failure(),
            Shape::Page => self.page(),
        };
        *response.status_mut() = self.status();
        response
    }

    /// Returns Mattermost's error object, without the request's id.
    pub(in crate::http) fn object(&self) -> ErrorResponse {
        ErrorResponse {
            id: self.id,
            message: self.message.clone(),
            detailed_error: "",
            status_code: self.status.as_u16(),
            request_id: None,
        }
    }

    fn wire(&self, request: &str) -> Response {
        let request_id = (!self.anonymous).then(|| request.to_owned());
        let error = ErrorResponse { request_id, ..self.object() };
        response_of("application/json", json!(error).to_string())
    }

    fn details(&self, request: &str) -> Response {
        let details = ProblemDetails {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: self.message.clone(),
            code: self.code,
            field: self.field.clone(),
            remedy: self.code.remedy(),
            request_id: request.to_owned(),
        };
        response_of("application/problem+json", json!(details).to_string())
    }

    fn failure(&self) -> Response {
        response_of("application/json", json!({"result": "fail", "message": self.message}).to_string())
    }

    fn page(&self) -> Response {
        response_of("text/plain; charset=utf-8", format!("{}\n", self.message))
    }
}

fn response_of(content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
