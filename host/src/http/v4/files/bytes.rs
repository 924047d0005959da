//! Serves stored bytes, whole or in part. Browsers may display only pictures in place, and run nothing.
//!
//! Ranges are read by hand: the crate `headers` drops a suffix range that is longer than the file, for which RFC 9110
//! requires the whole file.

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::app::App;
use crate::blob::{Bytes, Download};
use crate::http::etag;
use crate::http::problem::Problem;
use crate::model::FileInfo;

/// The types that a browser may display in place, each whole or up to its slash: pictures without scripts, sound,
/// films.
const INLINE: [&str; 6] = ["image/gif", "image/jpeg", "image/png", "image/webp", "audio/", "video/"];

/// The types that a browser could run. They are sent as plain text.
const UNSAFE: [&str; 7] = [
    "application/ecmascript",
    "application/javascript",
    "application/x-javascript",
    "application/xhtml+xml",
    "text/ecmascript",
    "text/html",
    "text/javascript",
];

/// The characters that RFC 8187 requires to be escaped in a header's parameter.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Clients may cache a file but must revalidate it by its tag: the file never changes, but the permission to read it
/// may.
const REVALIDATE: &str = "private, no-cache";

/// The bytes of a file that a request names.
#[derive(Debug, PartialEq, Eq)]
enum ByteSelection {
    Whole,
    Part(Range<u64>),
    /// A part beyond the file's end.
    OutOfRange,
}

/// Responds with a file, or with the part that the request's `Range` names. With `saved` the browser saves it, even if
/// it is a picture.
pub(super) async fn file(
    app: &App,
    file: &FileInfo,
    request: &HeaderMap,
    saved: bool,
) -> Result<Response, Problem> {
    let tag = file.id.as_str();
    if etag::is_known(request, tag) {
        return Ok(etag::tagged(StatusCode::NOT_MODIFIED.into_response(), tag, REVALIDATE));
    }
    let size = u64::try_from(file.size).unwrap_or(0);
    let range = match byte_selection(request, tag, size) {
        ByteSelection::Whole => None,
        ByteSelection::Part(range) => Some(range),
        ByteSelection::OutOfRange => {
            let mut response = Problem::no_such_range(size).into_response();
            set(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    let download = app.files.open(file, range.clone()).await?;
    let inline = !saved && is_inline(&file.mime_type);
    let streamed = stream(download, &file.mime_type, &file.name, inline);
    let mut response = etag::tagged(streamed, tag, REVALIDATE);
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(range) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let part = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
        set(&mut response, CONTENT_RANGE, &part);
    }
    Ok(response)
}

/// Responds with the picture of an emoji.
pub(in crate::http::v4) fn picture(download: Download, mime_type: &str, name: &str) -> Response {
    let mut response = stream(download, mime_type, name, is_inline(mime_type));
    // Every signed-in user may see it, so clients need not revalidate it.
    set(&mut response, CACHE_CONTROL, "private, max-age=86400");
    response
}

/// Responds with a smaller rendition of a picture.
pub(super) fn rendition(request: &HeaderMap, tag: &str, jpeg: Bytes) -> Response {
    let headers = [(CONTENT_TYPE, "image/jpeg"), (CONTENT_DISPOSITION, "inline")];
    etag::respond(request, tag, REVALIDATE, || never_run((headers, jpeg).into_response()))
}

fn stream(download: Download, mime_type: &str, name: &str, inline: bool) -> Response {
    let disposition = if inline { "inline" } else { "attachment" };
    let mut response = Body::from_stream(download.bytes).into_response();
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(download.size));
    set(&mut response, CONTENT_TYPE, "application/octet-stream");
    let base = mime_type.split(';').next().unwrap_or_default();
    set(&mut response, CONTENT_TYPE, if UNSAFE.contains(&base) { "text/plain" } else { mime_type });
    // Old clients read only the first name, newer ones prefer the second.
    let name = utf8_percent_encode(name, ATTRIBUTE).to_string();
    set(
        &mut response,
        CONTENT_DISPOSITION,
        &format!("{disposition};filename=\"{name}\"; filename*=UTF-8''{name}"),
    );
    never_run(response)
}

fn is_inline(mime_type: &str) -> bool {
    INLINE
        .iter()
        .any(|inline| mime_type == *inline || (inline.ends_with('/') && mime_type.starts_with(inline)))
}

fn never_run(mut response: Response) -> Response {
    set(&mut response, CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Supports a single range; a request for several ranges, or for a range of another file, gets the whole file, as RFC
/// 9110 allows.
fn byte_selection(request: &HeaderMap, tag: &str, size: u64) -> ByteSelection {
    let header = |name: HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    if header(IF_RANGE).is_some_and(|known| known.trim_matches('"') != tag) {
        return ByteSelection::Whole;
    }
    let range = header(RANGE).and_then(|range| range.trim().strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        return ByteSelection::Whole;
    };
    let part = match (first.trim(), last.trim()) {
        ("", last) => last.parse().ok().map(|count: u64| size.saturating_sub(count)..size),
        (first, "") => first.parse().ok().map(|first| first..size),
        (first, last) => match (first.parse(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => Some(first..last.saturating_add(1).min(size)),
            _ => None,
        },
    };
    match part {
        None => ByteSelection::Whole,
        Some(part) if part.start >= part.end => ByteSelection::OutOfRange,
        Some(part) => ByteSelection::Part(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &'static str) -> ByteSelection {
        let headers = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(text))]);
        byte_selection(&headers, "tag", 10)
    }

    #[test]
    fn one_range_is_a_part() {
        assert_eq!(range("bytes=0-3"), ByteSelection::Part(0..4));
        assert_eq!(range("bytes=4-"), ByteSelection::Part(4..10));
        assert_eq!(range("bytes=-3"), ByteSelection::Part(7..10));
        assert_eq!(range("bytes=-30"), ByteSelection::Part(0..10));
        assert_eq!(range("bytes=9-18446744073709551615"), ByteSelection::Part(9..10));
    }

    #[test]
    fn an_invalid_range_means_the_whole_file_and_one_past_the_end_is_out_of_range() {
        for whole in ["bytes=a-b", "bytes=5-3", "bytes=0-1,4-5", "lines=0-3", "bytes=", "bytes=-"] {
            assert_eq!(range(whole), ByteSelection::Whole, "{whole}");
        }
        for beyond in ["bytes=10-", "bytes=11-12", "bytes=-0"] {
            assert_eq!(range(beyond), ByteSelection::OutOfRange, "{beyond}");
        }
    }

    #[test]
    fn a_range_of_another_file_means_the_whole_file() {
        let headers = |known: &'static str| {
            HeaderMap::from_iter([
                (RANGE, HeaderValue::from_static("bytes=0-3")),
                (IF_RANGE, HeaderValue::from_static(known)),
            ])
        };
        assert_eq!(byte_selection(&headers("\"other\""), "tag", 10), ByteSelection::Whole);
        assert_eq!(byte_selection(&headers("\"tag\""), "tag", 10), ByteSelection::Part(0..4));
    }
}
