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

use super::middleware::{Middleware, NextService, Responding};
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

/// The period in which a client must send [`ENOUGH`] of its body while the server has little memory left for bodies.
const RUSH: Duration = Duration::from_secs(2);
const ENOUGH: usize = 16 * 1024;

/// Gives bodies a time limit, and reads what a handler leaves unread.
#[derive(Debug, Clone)]
pub(super) struct Drain {
    /// How long a client may keep the server waiting for a body.
    pub(super) patience: Duration,
}

impl Middleware for Drain {
    fn handle(&self, request: Request, next: &mut impl NextService) -> Responding {
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

/// The pieces of a body that takes memory of a budget. While little of that is left, a client that sends less than
/// [`ENOUGH`] within [`RUSH`] is refused, so that slow clients cannot keep the memory from others.
pub(super) struct Pieces {
    stream: BodyDataStream,
    budget: Budget,
    /// How long the server waited for the client in the present period, and how much arrived in it.
    waited: Duration,
    arrived: usize,
}

/// Receives a whole body of at most `limit` bytes. Its memory beyond [`FREE`] comes from the budget.
pub(super) async fn receive(body: Body, limit: usize, budget: &Budget) -> Result<ReceivedBody, Problem> {
    let (mut bytes, mut memory) = (Vec::<u8>::new(), budget.empty());
    let mut pieces = Pieces::of(body, budget);
    loop {
        let Some(piece) = pieces.next().await? else {
            return Ok(ReceivedBody { bytes, _memory: memory });
        };
        if bytes.len() + piece.len() > limit {
            return Err(Problem::too_large(limit));
        }
        if let Some(capacity) = larger(&bytes, piece.len(), limit) {
            memory.grow(capacity.saturating_sub(FREE + memory.bytes())).await?;
            bytes.reserve_exact(capacity - bytes.len());
        }
        bytes.extend_from_slice(&piece);
    }
}

/// Returns the capacity that a buffer needs for `more` bytes, if it has not enough: a quarter more than its length, and
/// `limit` at most. By itself a vector doubles, beyond what is reserved for it.
pub(super) fn larger(bytes: &Vec<u8>, more: usize, limit: usize) -> Option<usize> {
    let length = bytes.len() + more;
    (length > bytes.capacity()).then(|| length.max((bytes.len() + bytes.len() / 4).min(limit)))
}

impl Pieces {
    pub(super) fn of(body: Body, budget: &Budget) -> Self {
        let stream = body.into_data_stream();
        Self { stream, budget: budget.clone(), waited: Duration::ZERO, arrived: 0 }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let (begun, left) = (Instant::now(), RUSH.saturating_sub(self.waited));
            let Ok(piece) = timeout(left, self.stream.next()).await else {
                self.end_period()?;
                continue;
            };
            // If the connection broke, [`Rest::discard`] sets the response.
            let Some(piece) = piece.transpose().map_err(|_| BodyError::Cut)? else { return Ok(None) };
            self.waited += begun.elapsed();
            self.arrived += piece.len();
            if self.waited >= RUSH {
                self.end_period()?;
            }
            return Ok(Some(piece));
        }
    }

    fn end_period(&mut self) -> Result<(), Problem> {
        self.waited = Duration::ZERO;
        let is_slow = std::mem::take(&mut self.arrived) < ENOUGH;
        if is_slow && self.budget.is_short() { Err(self.budget.exhausted().into()) } else { Ok(()) }
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
    #[error("the body broke off, or its chunks are malformed; send the whole request again")]
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
