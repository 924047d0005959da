//! Stored bytes as answers: whole or a part, shown in place only when they are a picture, and never run.

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

/// What a browser may show in place: pictures, which run nothing.
const INLINE: [&str; 4] = ["image/gif", "image/jpeg", "image/png", "image/webp"];

/// What RFC 8187 wants escaped in a header's parameter.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Clients may cache a file but must revalidate it by its tag: it never changes, but who may read it does.
const REVALIDATE: &str = "private, no-cache";

/// What a request wants of a file.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A part that is not there.
    Nothing,
}

/// A file, or the part of it that a request's `Range` names. `saved`: the reader wants a file, not a picture.
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
    let range = match wanted(request, tag, size) {
        Wanted::Whole => None,
        Wanted::Part(range) => Some(range),
        Wanted::Nothing => {
            let mut response = Problem::no_such_range(size).into_response();
            set(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    let download = app.files.open(file, range.clone()).await?;
    let inline = !saved && INLINE.contains(&file.mime_type.as_str());
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

/// The picture of an emoji.
pub(in crate::http::v4) fn picture(download: Download, mime_type: &str, name: &str) -> Response {
    let mut response = stream(download, mime_type, name, INLINE.contains(&mime_type));
    // Everybody signed in may see it, so clients need not revalidate it.
    set(&mut response, CACHE_CONTROL, "private, max-age=86400");
    response
}

/// A smaller copy of a picture.
pub(super) fn copy(request: &HeaderMap, tag: &str, drawn: Bytes) -> Response {
    let shown = [(CONTENT_TYPE, "image/jpeg"), (CONTENT_DISPOSITION, "inline")];
    etag::respond(request, tag, REVALIDATE, || never_run((shown, drawn).into_response()))
}

fn stream(download: Download, mime_type: &str, name: &str, inline: bool) -> Response {
    let disposition = if inline { "inline" } else { "attachment" };
    let mut response = Body::from_stream(download.bytes).into_response();
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(download.size));
    set(&mut response, CONTENT_TYPE, "application/octet-stream");
    set(&mut response, CONTENT_TYPE, mime_type);
    set(
        &mut response,
        CONTENT_DISPOSITION,
        &format!("{disposition}; filename*=UTF-8''{}", utf8_percent_encode(name, ATTRIBUTE)),
    );
    never_run(response)
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

/// One part is served; whoever asks for several, or for a part of another file, gets the whole, as RFC 9110 allows.
fn wanted(request: &HeaderMap, tag: &str, size: u64) -> Wanted {
    let header = |name: HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    if header(IF_RANGE).is_some_and(|known| known.trim_matches('"') != tag) {
        return Wanted::Whole;
    }
    let range = header(RANGE).and_then(|range| range.trim().strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else { return Wanted::Whole };
    let part = match (first.trim(), last.trim()) {
        ("", last) => last.parse().ok().map(|count: u64| size.saturating_sub(count)..size),
        (first, "") => first.parse().ok().map(|first| first..size),
        (first, last) => match (first.parse(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => Some(first..last.saturating_add(1).min(size)),
            _ => None,
        },
    };
    match part {
        None => Wanted::Whole,
        Some(part) if part.start >= part.end => Wanted::Nothing,
        Some(part) => Wanted::Part(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &'static str) -> Wanted {
        let headers = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(range))]);
        wanted(&headers, "tag", 10)
    }

    #[test]
    fn one_range_is_a_part() {
        assert_eq!(asked("bytes=0-3"), Wanted::Part(0..4));
        assert_eq!(asked("bytes=4-"), Wanted::Part(4..10));
        assert_eq!(asked("bytes=-3"), Wanted::Part(7..10));
        assert_eq!(asked("bytes=-30"), Wanted::Part(0..10));
        assert_eq!(asked("bytes=9-18446744073709551615"), Wanted::Part(9..10));
    }

    #[test]
    fn what_is_no_range_is_the_whole_and_what_is_not_there_nothing() {
        for whole in ["bytes=a-b", "bytes=5-3", "bytes=0-1,4-5", "lines=0-3", "bytes=", "bytes=-"] {
            assert_eq!(asked(whole), Wanted::Whole, "{whole}");
        }
        for nothing in ["bytes=10-", "bytes=11-12", "bytes=-0"] {
            assert_eq!(asked(nothing), Wanted::Nothing, "{nothing}");
        }
    }

    #[test]
    fn a_range_of_another_file_is_the_whole() {
        let headers = |known: &'static str| {
            HeaderMap::from_iter([
                (RANGE, HeaderValue::from_static("bytes=0-3")),
                (IF_RANGE, HeaderValue::from_static(known)),
            ])
        };
        assert_eq!(wanted(&headers("\"other\""), "tag", 10), Wanted::Whole);
        assert_eq!(wanted(&headers("\"tag\""), "tag", 10), Wanted::Part(0..4));
    }
}
