//! Charges responses to their memory budget until they are written, because a client that reads slowly keeps its
//! response in memory. Streams, such as files, have only a piece of themselves in memory and are not charged.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};

use super::middleware::{Middleware, NextService, Responding};
use super::problem::Problem;
use crate::budget::{Budget, BudgetExhausted, Reservation};

/// Smaller responses are not charged: the buffers of their connection hold them.
const SMALL: u64 = 16 * 1024;

/// Charges every response whose length is known. A response for which no memory becomes free in time is replaced by a
/// 503, and so is one that finds the line full.
#[derive(Debug, Clone)]
pub(super) struct ChargeResponses {
    pub(super) budget: Budget,
    /// Responses that wait for the budget, and have no memory reserved elsewhere.
    pub(super) line: Budget,
}

/// Memory that a handler reserved for its response. It is kept until the response is charged.
#[derive(Debug, Clone)]
pub(super) struct Prepaid {
    _memory: Arc<Reservation>,
}

/// Bytes and their memory, which returns to the budget when the last of them is written.
struct ChargedBody {
    bytes: Bytes,
    _memory: Reservation,
}

/// A body of one piece. It is empty once the piece was taken.
struct Piece(Option<Bytes>);

impl Middleware for ChargeResponses {
    fn handle(&self, request: Request, next: &mut impl NextService) -> Responding {
        let (budgets, responding) = (self.clone(), next.call(request));
        Box::pin(async move { Ok(budgets.charge(responding.await?).await) })
    }
}

impl Prepaid {
    pub(super) fn new(memory: Reservation) -> Self {
        Self { _memory: Arc::new(memory) }
    }
}

impl ChargeResponses {
    async fn reserve(&self, length: usize, is_prepaid: bool) -> Result<Reservation, BudgetExhausted> {
        if let Ok(memory) = self.budget.try_reserve(length) {
            return Ok(memory);
        }
        let _place = if is_prepaid { None } else { Some(self.line.try_reserve(length)?) };
        self.budget.reserve(length).await
    }

    async fn charge(&self, mut response: Response) -> Response {
        let length = response.body().size_hint().exact().filter(|length| *length > SMALL);
        let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else { return response };
        let prepaid = response.extensions_mut().remove::<Prepaid>();
        let memory = match self.reserve(length, prepaid.is_some()).await {
            Ok(memory) => memory,
            Err(exhausted) => return Problem::from(exhausted).into_response(),
        };
        let (head, body) = response.into_parts();
        // The body is in memory already, so this takes no time.
        let Ok(bytes) = axum::body::to_bytes(body, length).await else {
            return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let bytes = Bytes::from_owner(ChargedBody { bytes, _memory: memory });
        Response::from_parts(head, Body::new(Piece(Some(bytes))))
    }
}

impl AsRef<[u8]> for ChargedBody {
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

    const KIB: usize = 1024;

    /// Charges to a budget of this many KiB, in front of which nothing may wait.
    fn charging(kib: usize) -> ChargeResponses {
        let budget = Budget::new("tests", kib).with_patience(std::time::Duration::ZERO);
        ChargeResponses { budget, line: Budget::new("tests", 0) }
    }

    #[tokio::test]
    async fn a_response_is_charged_until_its_last_byte_is_gone() {
        let budgets = charging(100);
        let response = budgets.charge(Response::new(Body::from(vec![7; 50 * KIB]))).await;
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!((body.len(), body[0]), (50 * KIB, 7));
        let tail = body.slice(50 * KIB - 1..);
        drop(body);
        assert!(budgets.budget.try_reserve(51 * KIB).is_err());
        drop(tail);
        assert!(budgets.budget.try_reserve(100 * KIB).is_ok());
    }

    #[tokio::test]
    async fn a_small_response_is_not_charged() {
        let budgets = charging(1);
        let response = budgets.charge(Response::new(Body::from("x".repeat(10_000)))).await;
        assert!(budgets.budget.try_reserve(KIB).is_ok() && response.status().is_success());
    }

    #[tokio::test]
    async fn a_response_without_memory_is_503_and_its_reservation_ends() {
        let (budgets, lists) = (charging(20), Budget::new("tests", 30));
        let mut response = Response::new(Body::from("x".repeat(30_000)));
        response.extensions_mut().insert(Prepaid::new(lists.try_reserve(30 * KIB).unwrap()));
        let response = budgets.charge(response).await;
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert!(lists.try_reserve(30 * KIB).is_ok());
    }
}
