//! Entity tags: if the client already has a response with the same tag, the server sends 304 without a body.
//!
//! v4 writes its tags without quotes, and its clients send them back that way. The typed headers of the crate `headers`
//! support only quoted tags, so this file reads and writes them by hand.

use std::fmt::Display;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::response_headers::COMPATIBLE_VERSION;
use crate::secret::sha256_hex;

/// Builds the tag of a resource, without quotes: the version of v4, then parts that change whenever the resource does.
fn tag(parts: &[&dyn Display]) -> String {
    parts.iter().fold(COMPATIBLE_VERSION.to_owned(), |tag, part| format!("{tag}.{part}"))
}

/// Responds `body` with its tag, or 304 if the request's `If-None-Match` names it. `parts` must name the resource and
/// change whenever its body does.
pub(super) fn json<T: Serialize>(
    request: &HeaderMap,
    parts: &[&dyn Display],
    body: impl FnOnce() -> T,
) -> Response {
    let tag = tag(parts);
    let mut response = if is_known(request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(body()).into_response()
    };
    set(response.headers_mut(), &tag);
    response
}

/// Responds `body` with its tag, or 304 if the request's `If-None-Match` names it. `keep` is the `Cache-Control`.
pub(super) fn respond(
    request: &HeaderMap,
    tag: &str,
    keep: &'static str,
    body: impl FnOnce() -> Response,
) -> Response {
    let known = is_known(request, tag);
    tagged(if known { StatusCode::NOT_MODIFIED.into_response() } else { body() }, tag, keep)
}

/// Adds a tag, in quotes, and `Cache-Control` to a response.
pub(super) fn tagged(mut response: Response, tag: &str, keep: &'static str) -> Response {
    set(response.headers_mut(), &format!("\"{tag}\""));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}

/// Tags a response by a digest of its body. For lists, which change in too many ways for a tag made of parts.
pub(super) async fn by_content(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // The body is already in memory, so it needs no time or size limit.
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = tag(&[&sha256_hex(&body)]);
    set(&mut head.headers, &tag);
    if is_known(&headers, &tag) {
        head.headers.remove(header::CONTENT_TYPE);
        head.headers.remove(header::CONTENT_LENGTH);
        head.status = StatusCode::NOT_MODIFIED;
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(body))
}

/// Whether `If-None-Match` contains the tag: in a list or alone, quoted or not, weak or not.
pub(super) fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let named = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|list| list.split(',')).any(|one| {
        let one = one.trim();
        let one = one.strip_prefix("W/").unwrap_or(one);
        one.trim_matches('"') == tag
    })
}

fn set(response: &mut HeaderMap, tag: &str) {
    if let Ok(value) = HeaderValue::from_str(tag) {
        response.insert(header::ETAG, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(known: &str) -> StatusCode {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(known).unwrap());
        json(&headers, &[&"id", &7], || ()).status()
    }

    #[test]
    fn a_tag_is_the_version_and_its_parts() {
        assert_eq!(tag(&[&"id", &7]), format!("{COMPATIBLE_VERSION}.id.7"));
        let fresh = json(&HeaderMap::new(), &[&"id", &7], || ());
        assert_eq!(
            (fresh.status(), fresh.headers()[header::ETAG].to_str().unwrap()),
            (StatusCode::OK, &*tag(&[&"id", &7]))
        );
    }

    #[test]
    fn a_known_tag_gets_304_however_it_is_written() {
        let tag = tag(&[&"id", &7]);
        for known in
            [tag.clone(), format!("\"{tag}\""), format!("W/\"{tag}\""), format!("\"other\", \"{tag}\"")]
        {
            assert_eq!(status(&known), StatusCode::NOT_MODIFIED, "{known}");
        }
        for other in ["", "\"\"", &tag[1..]] {
            assert_eq!(status(other), StatusCode::OK, "{other}");
        }
    }
}
