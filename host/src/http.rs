//! The HTTP edge. No other module knows axum or status codes.
//!
//! Begin with [`table`], which names every route or the module that defines it, and [`layers::stack`], which lists the
//! layers before it.

mod accept;
mod address;
mod auth;
mod client_address;
mod console;
mod detached;
mod emoji_picture;
mod etag;
mod form;
mod hooks;
mod idempotency;
mod identicon;
mod jackfield;
mod json;
mod layers;
mod limit;
mod list_room;
mod middleware;
mod page;
mod params;
mod path_id;
mod problem;
mod request_body;
mod request_id;
mod response_headers;
mod response_memory;
mod routes;
mod signed;
mod socket;
mod user_agent;
mod v4;

pub use routes::Route;

use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;

use self::routes::Routes;
use crate::app::App;

/// Serves requests until the server stops. Requests under way run as tasks, which the server waits for.
pub(crate) async fn serve(app: App, listener: TcpListener) {
    accept::run(listener, service(&app), &app).await;
}

fn service(app: &App) -> impl middleware::NextService + Clone {
    let idempotency = from_fn_with_state(app.clone(), idempotency::guard);
    let router = table(jackfield::routes().map(|router| router.layer(idempotency)))
        .into_router()
        .fallback(address::not_found)
        .method_not_allowed_fallback(address::method_not_allowed)
        .with_state(app.clone());
    layers::stack(router, app)
}

/// Builds the table of all routes, including the given ones of the own API.
fn table(jackfield: Routes) -> Routes {
    Routes::new()
        .get("/", console::home)
        .get("/healthz", console::alive)
        .get("/readyz", console::ready)
        .post("/hooks/{id}", hooks::accept)
        .post("/hooks/commands/{id}", hooks::respond)
        .get("/static/emoji/{file}", emoji_picture::get)
        .get("/files/{file}/public", v4::files::public)
        .any("/api.php", signed::php)
        .any("/x.php", signed::php)
        .any("/im/{method}", signed::direct)
        .nest("/api/v4", v4::routes())
        .nest("/api/jackfield/v1", jackfield)
}

/// Lists every route, for tests that call each of them.
#[doc(hidden)]
pub fn routes() -> Vec<Route> {
    table(jackfield::routes()).into_list()
}
