//! How long a request's body may take, and what happens to the rest of a body that was answered early.
//!
//! A client that is too slow is answered 408, so that it does not hold a connection for nothing. tower-http's timeout
//! starts anew with each piece, so that one byte a minute would hold it forever; this one is a budget.
//!
//! When the server closes a connection with unread bytes, the system resets it, and the sender of a large body never
//! sees why it was refused. So the rest is read, within bounds, and thrown away.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use futures_util::{StreamExt, stream};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::middleware::{Middleware, Next, Responding};
use super::problem::{Code, Problem};

/// Bytes a second at which a client may send for as long as it likes.
const PACE: u32 = 1024;

/// Most bytes of an answered request that are read and thrown away. Past it the connection is closed on the rest.
const MAX_REST: usize = 64 * 1024 * 1024;

/// Longest time for which the rest of an answered request is read.
const REST_PATIENCE: Duration = Duration::from_secs(10);

/// Gives bodies a time limit, and reads what a handler leaves of them.
#[derive(Debug, Clone)]
pub(super) struct Drain {
    /// How long a client may keep the server waiting for a body.
    pub(super) patience: Duration,
}

impl Middleware for Drain {
    fn handle(&self, request: Request, next: &mut impl Next) -> Responding {
        if request.body().is_end_stream() {
            return Box::pin(next.call(request));
        }
        let (request, rest) = Rest::of(request, self.patience);
        let responding = next.call(request);
        Box::pin(async move {
            let response = responding.await?;
            Ok(rest.discard().await.map_or(response, IntoResponse::into_response))
        })
    }
}

/// What a handler leaves of a request's body.
struct Rest(Arc<Mutex<Incoming>>);

/// A body on its way in.
struct Incoming {
    pieces: BodyDataStream,
    /// How long its client may keep the server waiting, and how much of that is left.
    most: Duration,
    left: Duration,
    /// Whether the client waits for the server's leave before it sends the body.
    expects: bool,
    error: Option<BodyError>,
}

/// Why there is no more of a body.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum BodyError {
    #[error("the body came too slowly; send it at once, or in pieces without long pauses")]
    Late,
    #[error("the body broke off, or its chunks are malformed")]
    Cut,
}

impl Rest {
    /// The request with a time limit on its body, and a handle on what will be left of it.
    fn of(request: Request, most: Duration) -> (Request, Self) {
        let (head, body) = request.into_parts();
        let expects = head.headers.contains_key(header::EXPECT);
        let incoming = Incoming { pieces: body.into_data_stream(), most, left: most, expects, error: None };
        let shared = Arc::new(Mutex::new(incoming));
        let pieces = stream::unfold(shared.clone(), |shared| async move {
            let piece = shared.lock().await.next().await?;
            Some((piece, shared))
        });
        (Request::from_parts(head, Body::from_stream(pieces)), Self(shared))
    }

    /// Reads to the end if that is near. Returns the body's own error, if it has one: it overrides the handler's
    /// response.
    async fn discard(self) -> Option<Problem> {
        let reading = async {
            let mut body = self.0.lock().await;
            if body.error.is_none() {
                body.discard().await;
            }
            body.error.map(Problem::from)
        };
        // The response goes out now, even if the rest is not read.
        timeout(REST_PATIENCE, reading).await.ok().flatten()
    }
}

impl Incoming {
    async fn next(&mut self) -> Option<Result<Bytes, axum::Error>> {
        let begun = Instant::now();
        let Ok(piece) = timeout(self.left, self.pieces.next()).await else {
            self.error = Some(BodyError::Late);
            return Some(Err(axum::Error::new(BodyError::Late)));
        };
        match &piece {
            Some(Ok(bytes)) => self.left = left(self.left, self.most, begun.elapsed(), bytes.len()),
            Some(Err(_)) => self.error = Some(BodyError::Cut),
            None => {}
        }
        piece
    }

    async fn discard(&mut self) {
        // A client that waits for leave has not sent the body yet.
        let mut left = if self.expects { 0 } else { MAX_REST };
        while left > 0
            && let Some(Ok(piece)) = self.pieces.next().await
        {
            left = left.saturating_sub(piece.len());
        }
    }
}

/// How long a client may still keep the server waiting: less by what it waited, more by what it sent, at [`PACE`].
fn left(left: Duration, most: Duration, waited: Duration, sent: usize) -> Duration {
    let earned = Duration::from_secs(sent.try_into().unwrap_or(u64::MAX)) / PACE;
    left.saturating_sub(waited).saturating_add(earned).min(most)
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Late => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                Code::RequestTimeout,
                "api.context.request_body_late.app_error",
                error.to_string(),
            ),
            BodyError::Cut => Self::body("body", error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_now_and_then_earns_no_time() {
        let seconds = Duration::from_secs;
        let after = |waited, sent| left(seconds(60), seconds(60), seconds(waited), sent);
        assert_eq!(after(0, 0), seconds(60));
        assert_eq!(after(0, 1_000_000), seconds(60), "time is not saved up");
        assert_eq!(after(10, 10 * 1024), seconds(60));
        assert_eq!(after(20, 10 * 1024), seconds(50));
        assert!(after(59, 1) < seconds(2));
        assert_eq!(after(61, 0), Duration::ZERO);
    }
}
