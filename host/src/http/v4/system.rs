//! What clients read when they start: the server's health, settings and licence.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::client_settings::{self, ClientSettings};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::params::Query;
use crate::http::problem::{Code, Problem};

#[derive(Serialize)]
pub(in crate::http) struct PingResponse {
    status: &'static str,
    #[serde(rename = "AndroidLatestVersion")]
    android_latest_version: &'static str,
    #[serde(rename = "AndroidMinVersion")]
    android_min_version: &'static str,
    #[serde(rename = "IosLatestVersion")]
    ios_latest_version: &'static str,
    #[serde(rename = "IosMinVersion")]
    ios_min_version: &'static str,
    #[serde(rename = "ActiveSearchBackend")]
    active_search_backend: &'static str,
    #[serde(flatten)]
    health: Option<Health>,
}

/// The health of the server's parts.
#[derive(Serialize)]
struct Health {
    database_status: &'static str,
    filestore_status: &'static str,
}

#[derive(Serialize)]
pub(in crate::http) struct LicenseResponse {
    #[serde(rename = "IsLicensed")]
    is_licensed: &'static str,
}

/// `GET /system/ping`: returns OK; with `get_server_status=true` also the health of database and file store.
pub(in crate::http) async fn ping(State(app): State<App>, query: Query) -> Json<PingResponse> {
    let mut response = PingResponse {
        status: "OK",
        android_latest_version: "",
        android_min_version: "",
        ios_latest_version: "",
        ios_min_version: "",
        active_search_backend: "database",
        health: None,
    };
    if query.flag("get_server_status") {
        let status = |works: bool| if works { "OK" } else { "UNHEALTHY" };
        let (database, files) = (app.store.ping().await.is_ok(), app.blobs.check().await.is_ok());
        response.status = status(database && files);
        response.health = Some(Health { database_status: status(database), filestore_status: status(files) });
    }
    Json(response)
}

/// `GET /config/client?format=old`. An anonymous client gets what a sign-in page needs.
pub(in crate::http) async fn config(
    State(app): State<App>,
    session: Option<Session>,
    query: Query,
) -> Result<Json<ClientSettings>, Problem> {
    check_format(&query, StatusCode::NOT_IMPLEMENTED, "api.config.client.old_format.app_error")?;
    let mut settings = client_settings::for_all_clients(&app, !app.store.any_user().await?);
    if session.is_some() {
        settings.extend(client_settings::for_users(&app));
    }
    Ok(Json(settings))
}

/// `GET /license/client?format=old`: this server has no licences; every feature works without one.
pub(in crate::http) async fn license(query: Query) -> Result<Json<LicenseResponse>, Problem> {
    check_format(&query, StatusCode::BAD_REQUEST, "api.license.client.old_format.app_error")?;
    Ok(Json(LicenseResponse { is_licensed: "false" }))
}

/// Refuses other formats, because a client that requests one would misread this one.
fn check_format(query: &Query, status: StatusCode, id: &'static str) -> Result<(), Problem> {
    match query.text("format").as_str() {
        "old" => Ok(()),
        "" => Err(Problem::new(status, Code::RequestInvalidParameter, id, "send `format=old`").at("format")),
        _ => Err(Problem::body("format", "`format` must be `old`, the only one there is")),
    }
}
