//! The form of this server's own layers: a function of a request and the next service.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use futures_util::future::BoxFuture;
use tower::{Layer, Service};

/// The service after a layer: another layer, or the router.
pub(super) trait NextService:
    Service<Request, Response = Response, Error = Infallible, Future: Send + 'static> + Send + 'static
{
}

impl<S> NextService for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static> + Send + 'static
{
}

pub(super) type Responding = BoxFuture<'static, Result<Response, Infallible>>;

/// A layer, as a function of a request and the next service.
pub(super) trait Middleware {
    fn handle(&self, request: Request, next: &mut impl NextService) -> Responding;
}

/// Makes a [`Middleware`] a layer of tower. It boxes one future per request; `axum::middleware::from_fn` boxes the rest
/// of the stack as well.
#[derive(Debug, Clone)]
pub(super) struct Wrap<M>(pub(super) M);

/// A middleware in front of a service.
#[derive(Debug, Clone)]
pub(super) struct LayeredService<M, S> {
    middleware: M,
    next: S,
}

impl<M: Clone, S> Layer<S> for Wrap<M> {
    type Service = LayeredService<M, S>;

    fn layer(&self, next: S) -> Self::Service {
        LayeredService { middleware: self.0.clone(), next }
    }
}

impl<M: Middleware, S: NextService> Service<Request> for LayeredService<M, S> {
    type Response = Response;
    type Error = Infallible;
    type Future = Responding;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.next.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Responding {
        self.middleware.handle(request, &mut self.next)
    }
}
