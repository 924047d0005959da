//! What every answer has: a request id, the version, the safety headers, and errors in the shape of their address.

use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER_PERMISSIVE;

use super::detached::RunToCompletion;
use super::limit::Limits;
use super::problem::{Problem, Shape};
use super::request_body::Rest;
use crate::secret::random_id;
use crate::shutdown::Tasks;

/// The Mattermost server whose wire this is: clients read it as the version of what they talk to.
pub(super) const COMPATIBLE_VERSION: &str = "11.6.0";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const VERSION_ID: HeaderName = HeaderName::from_static("x-version-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Version, build, configuration hash and licence: what `X-Version-Id` and the `hello` event carry.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!("{COMPATIBLE_VERSION}.jackfield-{}.0.false", env!("CARGO_PKG_VERSION").replace('.', "-"))
});

/// What a request passes on its way in.
#[derive(Clone)]
pub(super) struct Envelope {
    pub(super) limits: Limits,
    /// How long a client may keep the server waiting for a body.
    pub(super) patience: Duration,
    pub(super) tasks: Tasks,
}

/// Runs a request, if its sender has not asked too often, and completes its answer. Its body is waited for as long as
/// [`Envelope::patience`] says.
pub(super) async fn wrap(
    State(Envelope { limits, patience, tasks }): State<Envelope>,
    request: Request,
    next: Next,
) -> Response {
    let id = random_id();
    let shape = Shape::of(request.uri().path());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (request, rest) = Rest::of(request, patience);
    let mut response = if is_text(&path) {
        let answer = async move { limits.guard(request, next).await };
        if may_change(&method, shape) { RunToCompletion::of(answer, tasks).await } else { answer.await }
    } else {
        Problem::no_such_address(&path).into_response()
    };
    if let Some(problem) = rest.discard().await {
        response = problem.into_response();
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        problem.log(&id, &method, &path);
        let started = std::mem::take(response.headers_mut());
        response = problem.render(shape, &id);
        response.headers_mut().extend(started);
    }
    let headers = response.headers_mut();
    for (name, value) in [(REQUEST_ID, id.as_str()), (VERSION_ID, VERSION.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(""));
    response
}

/// The signed API is called by any method.
fn may_change(method: &Method, shape: Shape) -> bool {
    !method.is_safe() || shape == Shape::Signed
}

/// Whether an address, decoded, is text without NUL. Nothing here is named otherwise, and no database would look it up.
fn is_text(path: &str) -> bool {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, tail @ ..] = rest {
        let decoded =
            tail.get(..2).filter(|_| *byte == b'%').and_then(|hex| HEXLOWER_PERMISSIVE.decode(hex).ok());
        if let Some(decoded) = decoded {
            bytes.extend(decoded);
            rest = &tail[2..];
        } else {
            bytes.push(*byte);
            rest = tail;
        }
    }
    !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok()
}

/// Some clients of the wire put two slashes where one belongs, and follow to the address that is meant.
pub(super) async fn not_found(method: Method, uri: Uri) -> Response {
    let Some(meant) = without_doubled_slashes(&uri) else {
        return Problem::no_such_address(uri.path()).into_response();
    };
    // The older status for what the older clients ask; the newer one keeps the method and the body.
    let is_read = matches!(method, Method::GET | Method::HEAD);
    let status = if is_read { StatusCode::MOVED_PERMANENTLY } else { StatusCode::PERMANENT_REDIRECT };
    (status, [(header::LOCATION, meant)]).into_response()
}

/// None when there are none.
fn without_doubled_slashes(uri: &Uri) -> Option<HeaderValue> {
    if !uri.path().contains("//") {
        return None;
    }
    let parts = uri.path().split('/').filter(|part| !part.is_empty());
    let mut meant = parts.fold(String::new(), |path, part| format!("{path}/{part}"));
    if meant.is_empty() || uri.path().ends_with('/') {
        meant.push('/');
    }
    if let Some(query) = uri.query() {
        meant = format!("{meant}?{query}");
    }
    HeaderValue::from_str(&meant).ok()
}

pub(super) async fn method_not_allowed(uri: Uri) -> Response {
    Problem::method_not_allowed(uri.path()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_doubled_slashes_means_the_one_without() {
        let meant = |uri: &'static str| without_doubled_slashes(&Uri::from_static(uri));
        for (given, expected) in [
            ("/api/v4/posts/x//reactions", "/api/v4/posts/x/reactions"),
            ("//example.org//", "/example.org/"),
            ("//", "/"),
            ("/a//b?c=//d", "/a/b?c=//d"),
        ] {
            assert_eq!(meant(given).unwrap(), expected, "{given}");
        }
        assert_eq!(meant("/a/b/?c=//d"), None);
    }

    #[test]
    fn an_address_is_text_when_its_escapes_are() {
        for text in ["/", "/a%20b", "/%C3%A4", "/100%", "/%zz", "/a%2Fb"] {
            assert!(is_text(text), "{text}");
        }
        for other in ["/%00", "/a%00b", "/%ff", "/%C3%28"] {
            assert!(!is_text(other), "{other}");
        }
    }
}
