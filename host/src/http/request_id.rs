//! Each request gets an id of the server's own, which its response, its error and the log name.

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

/// The id of a request that passed these layers.
pub(super) fn of(request: &Request) -> String {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    id.unwrap_or_default().to_owned()
}

/// A client does not choose what the log says, so its own id is dropped.
fn forget_given(mut request: Request) -> Request {
    request.headers_mut().remove(HEADER);
    request
}
