//! What every request passes on its way to a route, outermost first.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use futures_util::future::BoxFuture;
use tower::{Layer, Service, ServiceBuilder};

use super::address::RefuseUnreadable;
use super::detached::RunToCompletion;
use super::limit::Limits;
use super::problem::RenderProblems;
use super::request_body::Drain;
use super::{request_id, response_headers};
use crate::app::App;

/// A router behind the layers. They surround it as a whole, because axum boxes every request once per layer of a
/// router's own.
pub(super) fn stack(router: Router, app: &App) -> impl Next + Clone + Sync + use<> {
    let server = &app.config.server;
    ServiceBuilder::new()
        .layer(request_id::layers())
        .layer(response_headers::layers())
        .layer(Wrap(RenderProblems))
        .layer(Wrap(Drain { patience: Duration::from_millis(server.body_timeout_ms.into()) }))
        .layer(Wrap(RefuseUnreadable))
        .layer(Wrap(RunToCompletion { tasks: app.tasks.clone() }))
        .layer(Wrap(Limits::new(server, app.clock.clone())))
        .layer(DefaultBodyLimit::max(server.max_body))
        .service(router)
}

/// What comes after a layer: the next one, at last the router.
pub(super) trait Next:
    Service<Request, Response = Response, Error = Infallible, Future: Send + 'static> + Send + 'static
{
}

impl<S> Next for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static> + Send + 'static
{
}

pub(super) type Responding = BoxFuture<'static, Result<Response, Infallible>>;

/// A layer, as a function of a request and of what comes next.
pub(super) trait Middleware {
    fn handle(&self, request: Request, next: &mut impl Next) -> Responding;
}

#[derive(Debug, Clone)]
struct Wrap<M>(M);

/// A middleware in front of a service.
#[derive(Debug, Clone)]
struct Wrapped<M, S> {
    middleware: M,
    next: S,
}

impl<M: Clone, S> Layer<S> for Wrap<M> {
    type Service = Wrapped<M, S>;

    fn layer(&self, next: S) -> Self::Service {
        Wrapped { middleware: self.0.clone(), next }
    }
}

impl<M: Middleware, S: Next> Service<Request> for Wrapped<M, S> {
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
