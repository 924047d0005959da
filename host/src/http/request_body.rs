//! How long a request's body is waited for, and what happens to the rest of one that was answered early.
//!
//! A client that keeps the server waiting is answered 408, so that nobody holds a connection for nothing. And when a
//! connection is closed on bytes that nobody read, the system resets it, and the sender of a large body never sees why
//! it was refused: so the rest is read, within bounds, and thrown away.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use futures_util::{StreamExt, stream};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::problem::{Code, Problem};

/// Bytes a second that a client may send at for as long as it likes.
const PACE: u32 = 1024;

/// Most bytes of an answered request that are read and thrown away. Past it the connection is closed on the rest.
const MAX_REST: usize = 64 * 1024 * 1024;

/// Longest time for which the rest of an answered request is read.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a handler leaves of a request's body.
pub(super) struct Rest(Option<Arc<Mutex<Incoming>>>);

/// A body on its way in.
struct Incoming {
    pieces: BodyDataStream,
    /// How long its client may keep the server waiting at once, and how much is left of that.
    most: Duration,
    left: Duration,
    /// Whether the client waits to be asked for it.
    expects: bool,
    broken: Option<Broken>,
}

/// Why there is no more of a body.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum Broken {
    #[error("the body came too slowly: send it at once, or in pieces without long pauses")]
    Late,
    #[error("the body broke off, or its chunks are not what HTTP has")]
    Cut,
}

impl Rest {
    /// The request as before, whose client may keep it waiting for `most`, and what will be left of its body.
    pub(super) fn of(request: Request, most: Duration) -> (Request, Self) {
        if request.body().is_end_stream() {
            return (request, Self(None));
        }
        let (head, body) = request.into_parts();
        let expects = head.headers.contains_key(header::EXPECT);
        let incoming = Incoming { pieces: body.into_data_stream(), most, left: most, expects, broken: None };
        let shared = Arc::new(Mutex::new(incoming));
        let pieces = stream::unfold(shared.clone(), |shared| async move {
            let piece = shared.lock().await.next().await?;
            Some((piece, shared))
        });
        (Request::from_parts(head, Body::from_stream(pieces)), Self(Some(shared)))
    }

    /// Reads to the end, if that is near. Or why the handler could not, where it tried: that is the answer then, whatever
    /// the handler made of it.
    pub(super) async fn discard(self) -> Option<Problem> {
        let shared = self.0?;
        let reading = async {
            let mut body = shared.lock().await;
            if body.broken.is_none() {
                body.discard().await;
            }
            body.broken.map(Problem::from)
        };
        // Late or not, the answer goes out now.
        timeout(PATIENCE, reading).await.ok().flatten()
    }
}

impl Incoming {
    async fn next(&mut self) -> Option<Result<Bytes, axum::Error>> {
        let begun = Instant::now();
        let Ok(piece) = timeout(self.left, self.pieces.next()).await else {
            self.broken = Some(Broken::Late);
            return Some(Err(axum::Error::new(Broken::Late)));
        };
        match &piece {
            Some(Ok(bytes)) => self.left = left(self.left, self.most, begun.elapsed(), bytes.len()),
            Some(Err(_)) => self.broken = Some(Broken::Cut),
            None => {}
        }
        piece
    }

    async fn discard(&mut self) {
        // Whoever expects to be asked for the body has not sent it yet.
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

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Late => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                Code::RequestTimeout,
                "api.context.request_body_late.app_error",
                broken.to_string(),
            ),
            Broken::Cut => Self::body("body", broken.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_now_and_then_pays_for_nothing() {
        let seconds = Duration::from_secs;
        let after = |waited, sent| left(seconds(60), seconds(60), seconds(waited), sent);
        assert_eq!(after(0, 0), seconds(60));
        assert_eq!(after(0, 1_000_000), seconds(60), "nobody saves up");
        assert_eq!(after(10, 10 * 1024), seconds(60));
        assert_eq!(after(20, 10 * 1024), seconds(50));
        assert!(after(59, 1) < seconds(2));
        assert_eq!(after(61, 0), Duration::ZERO);
    }
}
