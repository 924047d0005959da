//! What every answer has: a request id, the version, the safety headers, and errors in the shape of their address.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::{Problem, Shape};
use crate::secret::random_id;

/// The Mattermost server whose wire this is: clients read it as the version of what they talk to.
pub(super) const COMPATIBLE_VERSION: &str = "11.6.0";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const VERSION_ID: HeaderName = HeaderName::from_static("x-version-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Version, build, configuration hash and licence: what `X-Version-Id` and the `hello` event carry.
pub(super) fn version_id() -> String {
    format!("{COMPATIBLE_VERSION}.jackfield-{}.0.false", env!("CARGO_PKG_VERSION").replace('.', "-"))
}

/// Runs a request and completes its answer.
pub(super) async fn wrap(request: Request, next: Next) -> Response {
    let id = random_id();
    let shape = Shape::of(request.uri().path());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        problem.log(&id, &method, &path);
        let started = std::mem::take(response.headers_mut());
        response = problem.render(shape, &id);
        response.headers_mut().extend(started);
    }
    let headers = response.headers_mut();
    for (name, value) in [(REQUEST_ID, id), (VERSION_ID, version_id())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(""));
    response
}

pub(super) async fn not_found(uri: Uri) -> Response {
    Problem::no_such_address(uri.path()).into_response()
}

pub(super) async fn method_not_allowed(uri: Uri) -> Response {
    Problem::method_not_allowed(uri.path()).into_response()
}
