//! A problem in the shape its address speaks.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::Problem;

/// How errors look under an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Shape {
    /// Mattermost's error object.
    Wire,
    /// RFC 9457.
    Details,
    /// The signed API's failure.
    Signed,
    /// A page.
    Page,
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

    /// Mattermost's error object, without a request's id.
    pub(in crate::http) fn object(&self) -> serde_json::Value {
        json!({
            "id": self.id, "message": self.message, "detailed_error": "", "status_code": self.status.as_u16(),
        })
    }

    fn wire(&self, request: &str) -> Response {
        let mut body = self.object();
        if !self.anonymous {
            body["request_id"] = json!(request);
        }
        typed("application/json", body.to_string())
    }

    fn details(&self, request: &str) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let mut body = json!({
            "type": "about:blank", "title": title, "status": self.status.as_u16(), "detail": self.message,
            "code": self.id, "request_id": request,
        });
        if let Some(field) = &self.field {
            body["field"] = json!(field);
        }
        typed("application/problem+json", body.to_string())
    }

    fn failure(&self) -> Response {
        typed("application/json", json!({"result": "fail", "message": self.message}).to_string())
    }

    fn page(&self) -> Response {
        let text = self.message.replace('&', "&amp;").replace('<', "&lt;");
        Html(format!("<!doctype html><title>Jackfield</title><p>{text}</p>\n")).into_response()
    }
}

fn typed(content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
