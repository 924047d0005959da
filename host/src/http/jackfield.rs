//! The own API, `/api/jackfield/v1`: the sessions and tokens of v4, problem details (RFC 9457) for errors, cursors for
//! lists.
//!
//! A handler's `#[utoipa::path]` is both its route and its entry in `openapi.json`, so the two cannot differ. Bodies
//! and queries are structs with a schema, in the file of their resource.

mod applications;
mod audit;
mod bridges;
mod commands;
mod deliveries;
mod emoji;
mod endpoints;
mod invitations;
mod mails;
mod me;
mod notices;
mod openapi;
mod paging;
mod plugins;
mod query;
mod static_json;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::routes::Routes;
use crate::app::App;

/// Returns the routes below the API's prefix.
pub(super) fn routes() -> Routes {
    Routes::from(documented_routes())
}

/// Returns the routes with their OpenAPI description.
fn documented_routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::head())
        .routes(routes!(openapi::get))
        .routes(routes!(me::get))
        .routes(routes!(audit::list))
        .routes(routes!(invitations::create))
        .routes(routes!(commands::signature))
        .routes(routes!(emoji::list))
        .routes(routes!(bridges::list, bridges::create))
        .routes(routes!(mails::list))
        .routes(routes!(mails::retry))
        .merge(applications())
        .merge(deliveries())
        .merge(notices())
        .merge(plugins())
}

fn applications() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(applications::list, applications::create))
        .routes(routes!(applications::get, applications::update, applications::delete))
        .routes(routes!(applications::enable))
        .routes(routes!(applications::disable))
        .routes(routes!(applications::keys::rotate))
        .routes(routes!(applications::explain::explain))
}

fn deliveries() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::get))
        .routes(routes!(deliveries::retry))
        .routes(routes!(endpoints::list))
        .routes(routes!(endpoints::get))
        .routes(routes!(endpoints::pause))
        .routes(routes!(endpoints::resume))
        .routes(routes!(endpoints::rotate))
}

fn notices() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(notices::list, notices::send))
        .routes(routes!(notices::acknowledge))
        .routes(routes!(notices::read_all))
        .routes(routes!(notices::settings, notices::update_settings))
        .routes(routes!(notices::get, notices::delete))
        .routes(routes!(notices::read))
}

fn plugins() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(plugins::list, plugins::upload))
        .routes(routes!(plugins::get))
        .routes(routes!(plugins::enable))
        .routes(routes!(plugins::disable))
}
