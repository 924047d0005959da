//! The layers that every request passes before its route, outermost first. The innermost of all, `idempotency`,
//! surrounds only the own API's routes: `http.rs` adds it to them.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tower::ServiceBuilder;

use super::address::RefuseUnreadable;
use super::client_address::Proxies;
use super::detached::RunToCompletion;
use super::limit::RateLimits;
use super::middleware::{NextService, Wrap};
use super::problem::RenderProblems;
use super::request_body::Drain;
use super::response_memory::ChargeResponses;
use super::{request_id, response_headers};
use crate::app::App;

/// Wraps a router in the layers. They surround it as a whole, because axum boxes every request once per layer that is
/// added to the router itself.
pub(super) fn stack(router: Router, app: &App) -> impl NextService + Clone + Sync + use<> {
    let server = &app.config.server;
    let proxies = Proxies::new(server).with_audit(app.access.clone(), app.tasks.clone());
    ServiceBuilder::new()
        .layer(request_id::layers())
        .layer(response_headers::layers())
        .option_layer(response_headers::strict_transport(server.hsts_seconds))
        .layer(Wrap(RenderProblems))
        .layer(Wrap(ChargeResponses {
            budget: app.budgets.responses.clone(),
            line: app.budgets.waiting_responses.clone(),
        }))
        .layer(Wrap(Drain { patience: Duration::from_millis(server.body_timeout_ms.into()) }))
        .layer(Wrap(RefuseUnreadable))
        .layer(Wrap(RunToCompletion { tasks: app.tasks.clone() }))
        .layer(Wrap(RateLimits::new(server, app.clock.clone(), proxies)))
        .layer(DefaultBodyLimit::max(server.max_body))
        .service(router)
}
