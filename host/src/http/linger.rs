//! Reading on after an early answer. When a connection is closed on bytes that nobody read, the system resets it, and
//! the sender of a large body never sees why it was refused: so the rest is read, within bounds, and thrown away.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody};
use axum::extract::Request;
use axum::http::header;
use futures_util::{StreamExt, stream};
use tokio::sync::Mutex;

/// Bytes read for nothing at most. Past it the connection is closed on the rest.
const MAX_REST: usize = 64 * 1024 * 1024;

/// How long to read for nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a handler leaves of a request's body.
pub(super) struct Rest(Option<Arc<Mutex<BodyDataStream>>>);

impl Rest {
    /// The request as before, and what will be left of its body.
    pub(super) fn of(request: Request) -> (Request, Self) {
        // Whoever expects to be asked for the body has not sent it yet.
        if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
            return (request, Self(None));
        }
        let (head, body) = request.into_parts();
        let shared = Arc::new(Mutex::new(body.into_data_stream()));
        let pieces = stream::unfold(shared.clone(), |shared| async move {
            let piece = shared.lock().await.next().await?;
            Some((piece, shared))
        });
        (Request::from_parts(head, Body::from_stream(pieces)), Self(Some(shared)))
    }

    /// Reads to the end, if that is near.
    pub(super) async fn discard(self) {
        let Some(shared) = self.0 else { return };
        let reading = async {
            let mut body = shared.lock().await;
            let mut left = MAX_REST;
            while let Some(Ok(piece)) = body.next().await {
                match left.checked_sub(piece.len()) {
                    Some(fewer) => left = fewer,
                    None => return,
                }
            }
        };
        // Late or not, the answer goes out now.
        drop(tokio::time::timeout(PATIENCE, reading).await);
    }
}
