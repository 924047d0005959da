//! Addresses that match no route: invalid UTF-8, unknown, with doubled slashes, or with another method.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, Version, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;

use super::middleware::{Middleware, NextService, Responding};
use super::problem::Problem;

/// Refuses a path that is not UTF-8 once it is decoded, or that contains NUL: no route or row has such a name, and
/// PostgreSQL rejects NUL. Refuses requests without a host, or with two.
#[derive(Debug, Clone)]
pub(super) struct RefuseUnreadable;

impl Middleware for RefuseUnreadable {
    fn handle(&self, request: Request, next: &mut impl NextService) -> Responding {
        if !is_text(request.uri().path()) {
            let response = Problem::no_such_address(request.uri().path()).into_response();
            return Box::pin(async { Ok(response) });
        }
        if !names_one_host(&request) {
            let reason =
                "the header `Host` is missing or not unique; send exactly one, which names the server";
            let response = Problem::parameter("Host", reason).into_response();
            return Box::pin(async { Ok(response) });
        }
        Box::pin(next.call(request))
    }
}

/// Whether the request has one `Host`, which HTTP/1.1 requires. A proxy and this server could otherwise disagree about
/// the host of a request.
fn names_one_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    second.is_none() && (request.version() < Version::HTTP_11 || first.is_some())
}

fn is_text(path: &str) -> bool {
    percent_decode_str(path).decode_utf8().is_ok_and(|text| !text.contains('\0'))
}

/// Redirects a path with doubled slashes: some clients of v4 send two slashes for one, and follow the redirect.
pub(super) async fn not_found(method: Method, uri: Uri) -> Response {
    let Some(meant) = without_doubled_slashes(&uri) else {
        return Problem::no_such_address(uri.path()).into_response();
    };
    // Old clients only understand 301, and they only read; 308 keeps the method and the body.
    let is_read = matches!(method, Method::GET | Method::HEAD);
    let status = if is_read { StatusCode::MOVED_PERMANENTLY } else { StatusCode::PERMANENT_REDIRECT };
    (status, [(header::LOCATION, meant)]).into_response()
}

pub(super) async fn method_not_allowed(uri: Uri) -> Response {
    Problem::method_not_allowed(uri.path()).into_response()
}

/// Returns None if the path has no doubled slashes.
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
    fn an_address_is_text_if_its_escapes_are() {
        for text in ["/", "/a%20b", "/%C3%A4", "/100%", "/%zz", "/a%2Fb"] {
            assert!(is_text(text), "{text}");
        }
        for other in ["/%00", "/a%00b", "/%ff", "/%C3%28"] {
            assert!(!is_text(other), "{other}");
        }
    }
}
