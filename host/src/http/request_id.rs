//! The server gives each request an id, which appears in its response, its error and the log.

use axum::extract::Request;
use axum::http::HeaderValue;
use tower::util::MapRequestLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};

use crate::secret::random_id;

const HEADER: &str = "x-request-id";

#[derive(Debug, Clone, Copy)]
pub(super) struct RandomId;

impl MakeRequestId for RandomId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&random_id()).ok().map(RequestId::new)
    }
}

type Layers = (MapRequestLayer<fn(Request) -> Request>, SetRequestIdLayer<RandomId>, PropagateRequestIdLayer);

pub(super) fn layers() -> Layers {
    (
        MapRequestLayer::new(forget_given as fn(Request) -> Request),
        SetRequestIdLayer::x_request_id(RandomId),
        PropagateRequestIdLayer::x_request_id(),
    )
}

/// Returns the id of a request that passed these layers.
pub(super) fn of(request: &Request) -> String {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    id.unwrap_or_default().to_owned()
}

/// Drops the id that a client sends, so that clients cannot choose what the log says.
fn forget_given(mut request: Request) -> Request {
    request.headers_mut().remove(HEADER);
    request
}
