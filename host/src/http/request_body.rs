//! Receives bodies, limits how long each may take, and discards the rest of a body whose response is ready early.
//!
//! A client that is too slow gets a 408, so that it does not occupy a connection. tower-http's timeout restarts with
//! each piece, so one byte a minute would keep the connection open forever; this limit is a budget.
//!
//! When the server closes a connection with unread bytes, the operating system resets it, and the sender of a large
//! body never sees why it was refused. So the server reads the rest, within limits, and discards it.

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
use crate::budget::{Budget, Reservation};

/// Bytes per second at which a client never runs out of time.
const PACE: u32 = 1024;

/// How many bytes the server reads and discards once the response is ready. Beyond this limit it closes the connection.
const MAX_REST: usize = 64 * 1024 * 1024;

/// How long the server reads the rest of a body once the response is ready.
const REST_PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of each body that are not charged, so that small requests never wait for large ones.
const FREE: usize = 16 * 1024;

/// The part of its length by which the buffer of a body grows. A vector would double, beyond what is reserved.
const GROWTH: usize = 4;

/// How long a client may pause within its body while the server has little memory left for bodies.
const RUSH: Duration = Duration::from_secs(2);

/// Gives bodies a time limit, and reads what a handler leaves unread.
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

/// A body that was received whole, and its memory, which returns to the budget when this is dropped.
pub(super) struct ReceivedBody {
    pub(super) bytes: Vec<u8>,
    _memory: Reservation,
}

/// Receives a whole body of at most `limit` bytes. Its memory beyond [`FREE`] comes from the budget; slow clients cannot
/// keep that from others, as [`next_piece`] says.
pub(super) async fn receive(body: Body, limit: usize, budget: &Budget) -> Result<ReceivedBody, Problem> {
    let (mut bytes, mut memory) = (Vec::<u8>::new(), budget.empty());
    let mut pieces = body.into_data_stream();
    loop {
        let Some(piece) = next_piece(&mut pieces, budget).await? else {
            return Ok(ReceivedBody { bytes, _memory: memory });
        };
        let length = bytes.len() + piece.len();
        if length > limit {
            return Err(Problem::too_large(limit));
        }
        if length > bytes.capacity() {
            let capacity = length.max(bytes.len() + bytes.len() / GROWTH).min(limit);
            memory.grow(capacity.saturating_sub(FREE + memory.bytes())).await?;
            bytes.reserve_exact(capacity - bytes.len());
        }
        bytes.extend_from_slice(&piece);
    }
}

/// Returns the next piece of a body. While little of the budget is left, a client that pauses for [`RUSH`] is refused.
pub(super) async fn next_piece(
    pieces: &mut BodyDataStream,
    budget: &Budget,
) -> Result<Option<Bytes>, Problem> {
    let piece = tokio::select! {
        piece = pieces.next() => piece,
        () = shortage(budget) => return Err(budget.exhausted().into()),
    };
    // If the connection broke, [`Rest::discard`] sets the response.
    Ok(piece.transpose().map_err(|_| BodyError::Cut)?)
}

/// Resolves when little of the budget is left, after [`RUSH`] at the earliest.
async fn shortage(budget: &Budget) {
    loop {
        tokio::time::sleep(RUSH).await;
        if budget.is_short() {
            return;
        }
    }
}

/// The part of a request's body that a handler leaves unread.
struct Rest(Arc<Mutex<Incoming>>);

/// A body that is being received.
struct Incoming {
    pieces: BodyDataStream,
    /// How long the client may keep the server waiting, and how much of that is left.
    most: Duration,
    left: Duration,
    /// Whether the client sent `Expect` and waits for `100 Continue` before it sends the body.
    expects: bool,
    error: Option<BodyError>,
}

/// Why a body ended early.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum BodyError {
    #[error("the body came too slowly; send it at once, or in pieces without long pauses")]
    Late,
    #[error("the body broke off, or its chunks are malformed")]
    Cut,
}

impl Rest {
    /// Returns the request with a time limit on its body, and a handle to the unread rest.
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

    /// Reads the rest, within the limits. Returns the body's error, if any; it overrides the handler's response.
    async fn discard(self) -> Option<Problem> {
        let reading = async {
            let mut body = self.0.lock().await;
            if body.error.is_none() {
                body.discard().await;
            }
            body.error.map(Problem::from)
        };
        // The response is sent at this limit, even if the rest is unread.
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
        // A client that waits for `100 Continue` has not sent the body yet.
        let mut left = if self.expects { 0 } else { MAX_REST };
        while left > 0
            && let Some(Ok(piece)) = self.pieces.next().await
        {
            left = left.saturating_sub(piece.len());
        }
    }
}

/// Returns how much longer a client may keep the server waiting: waiting uses the time up, and sending earns it back at
/// [`PACE`].
pub(super) fn left(left: Duration, most: Duration, waited: Duration, sent: usize) -> Duration {
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
    fn an_occasional_byte_earns_no_time() {
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
