//! The page at `/`, and the health checks.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;

use super::problem::Problem;
use crate::app::App;
use crate::chat::FileError;

/// Says what runs here. It is served to every client, so it names neither the version nor the plugins.
pub(super) async fn home() -> Html<&'static str> {
    Html(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Jackfield</title>\n\
         <h1>Jackfield</h1>\n\
         <p>A chat and integration host runs here. \
         Clients speak to it under <code>/api/v4</code>, webhooks arrive under <code>/hooks</code>.</p>\n</html>\n",
    )
}

/// Reports that the process is running.
pub(super) async fn alive() -> StatusCode {
    StatusCode::OK
}

/// Reports within two seconds whether the database responds and whether its disk and that of the files have space.
pub(super) async fn ready(State(app): State<App>) -> Result<StatusCode, Problem> {
    let (database, files) = tokio::join!(app.store.ping(), app.blobs.check());
    database?;
    files.map_err(FileError::from)?;
    Ok(StatusCode::OK)
}
