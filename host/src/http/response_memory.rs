//! Charges responses to their memory budget until they are written, because a client that reads slowly keeps its
//! response in memory. Streams, such as files, have only a piece of themselves in memory and are not charged.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};

use super::middleware::{Middleware, Next, Responding};
use super::problem::Problem;
use crate::budget::{Budget, Reservation};

/// Smaller responses are not charged: the buffers of their connection hold them.
const SMALL: u64 = 16 * 1024;

/// Charges every response whose length is known. A response for which no memory becomes free in time is replaced by a
/// 503.
#[derive(Debug, Clone)]
pub(super) struct ChargeResponses {
    pub(super) budget: Budget,
}

/// Bytes and their memory, which returns to the budget when the last of them is written.
struct Charged {
    bytes: Bytes,
    _memory: Reservation,
}

/// A body of one piece. It is empty once the piece was taken.
struct Piece(Option<Bytes>);

impl Middleware for ChargeResponses {
    fn handle(&self, request: Request, next: &mut impl Next) -> Responding {
        let (budget, responding) = (self.budget.clone(), next.call(request));
        Box::pin(async move { Ok(charged(responding.await?, &budget).await) })
    }
}

async fn charged(response: Response, budget: &Budget) -> Response {
    let length = response.body().size_hint().exact().filter(|length| *length > SMALL);
    let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else { return response };
    let memory = match budget.reserve(length).await {
        Ok(memory) => memory,
        Err(exhausted) => return Problem::from(exhausted).into_response(),
    };
    let (head, body) = response.into_parts();
    // The body is in memory already, so this takes no time.
    let Ok(bytes) = axum::body::to_bytes(body, length).await else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let bytes = Bytes::from_owner(Charged { bytes, _memory: memory });
    Response::from_parts(head, Body::new(Piece(Some(bytes))))
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl HttpBody for Piece {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[tokio::test]
    async fn a_response_is_charged_until_its_last_byte_is_gone() {
        let budget = Budget::new("tests", 100);
        let response = charged(Response::new(Body::from(vec![7; 50 * 1024])), &budget).await;
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!((body.len(), body[0]), (50 * 1024, 7));
        let tail = body.slice(50 * 1024 - 1..);
        drop(body);
        assert!(budget.try_reserve(51 * 1024).is_err());
        drop(tail);
        assert!(budget.try_reserve(100 * 1024).is_ok());
    }

    #[tokio::test]
    async fn a_small_response_is_not_charged() {
        let budget = Budget::new("tests", 1);
        let response = charged(Response::new(Body::from("x".repeat(10_000))), &budget).await;
        assert!(budget.try_reserve(1024).is_ok() && response.status().is_success());
    }

    #[tokio::test]
    async fn a_response_larger_than_the_budget_is_503() {
        let budget = Budget::new("tests", 20);
        let response = charged(Response::new(Body::from("x".repeat(30_000))), &budget).await;
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
