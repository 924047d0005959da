//! Upgrades to a WebSocket that only hyper or axum would refuse. Pidgin's plugin for Mattermost requests its upgrade in
//! HTTP/1.0, and proxies add a line `Connection` of their own before the client's.

use std::io::Result;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::{HeaderMap, HeaderValue, header};
use tokio::io::{AsyncRead, ReadBuf};

/// How a request for an upgrade begins.
const UPGRADE: &[u8] = b"GET /api/v4/websocket";

/// A reader of a connection's first bytes: see [`as_http_11`].
#[derive(Debug, Default)]
pub(super) struct FirstLine {
    is_read: bool,
}

impl FirstLine {
    /// Reads from a stream. If the first piece begins with a request for an upgrade, it becomes one of HTTP/1.1.
    pub(super) fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(stream).poll_read(context, buffer))?;
        if !self.is_read {
            self.is_read = true;
            as_http_11(&mut buffer.filled_mut()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

/// Turns a request for an upgrade in HTTP/1.0 into one in HTTP/1.1, because hyper upgrades no others.
fn as_http_11(head: &mut [u8]) {
    if !head.starts_with(UPGRADE) {
        return;
    }
    let Some(end) = head.windows(2).position(|two| two == b"\r\n") else { return };
    if head[..end].ends_with(b" HTTP/1.0") {
        head[end - 1] = b'1';
    }
}

/// Joins the lines `Connection` into one, because axum looks for `upgrade` in the first line only.
pub(super) fn join_connection(headers: &mut HeaderMap) {
    let lines = headers.get_all(header::CONNECTION).iter();
    let lines: Vec<&[u8]> = lines.map(HeaderValue::as_bytes).collect();
    if lines.len() < 2 {
        return;
    }
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b", "[..])) {
        headers.insert(header::CONNECTION, joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_of_a_request_for_an_upgrade_changes() {
        let changed = |text: &str| {
            let mut head = text.as_bytes().to_vec();
            as_http_11(&mut head);
            String::from_utf8(head).unwrap()
        };
        let rest = "\r\nX: HTTP/1.0\r\n\r\n";
        for path in ["/api/v4/websocket", "/api/v4/websocket?seq=1"] {
            let old = format!("GET {path} HTTP/1.0{rest}");
            assert_eq!(changed(&old), format!("GET {path} HTTP/1.1{rest}"));
        }
        for line in [
            "GET /healthz HTTP/1.0\r\n",
            "GET /api/v4/websocket HTTP/1.1\r\n",
            "GET /api/v4/websocket HTTP/1.0",
            "",
        ] {
            assert_eq!(changed(line), line);
        }
    }

    #[test]
    fn several_lines_mean_what_one_does() {
        let mut headers = HeaderMap::new();
        headers.append(header::CONNECTION, HeaderValue::from_static("keep-alive"));
        join_connection(&mut headers);
        assert_eq!(headers[header::CONNECTION], "keep-alive");
        headers.append(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        join_connection(&mut headers);
        let lines: Vec<_> = headers.get_all(header::CONNECTION).iter().collect();
        assert_eq!(lines, ["keep-alive, Upgrade"]);
    }
}
