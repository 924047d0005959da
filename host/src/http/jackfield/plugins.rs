//! Plugins: upload, read the permission sheet, agree, stop.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::Admin;
use crate::app::App;
use crate::http::json;
use crate::http::problem::Problem;
use crate::model::InstalledPlugin;
use crate::plugin::PluginDetails;

#[derive(Deserialize)]
pub(in crate::http) struct Consent {
    /// The digest of the permission sheet that was read and agreed to.
    sheet_digest: String,
}

/// `POST /plugins`: the body is the `.wasm` file. 201 with the sheet; nothing runs until it is agreed to.
pub(in crate::http) async fn upload(
    State(app): State<App>,
    admin: Admin,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    // `Admin` was proved before the body is read: no other client can make the server take 32 MiB.
    let limit = app.config.plugins.max_package;
    let component = to_bytes(body, limit).await.map_err(|_| Problem::too_large(limit))?;
    let uploaded = app.plugins.upload(&admin, component.into()).await?;
    Ok((StatusCode::CREATED, Json(wire(&uploaded))))
}

/// `GET /plugins`.
pub(in crate::http) async fn list(State(app): State<App>, admin: Admin) -> Result<Json<Value>, Problem> {
    let plugins = app.plugins.list(&admin).await?;
    let running = |plugin: &InstalledPlugin| app.plugins.active(&plugin.id).is_some();
    Ok(Json(plugins.iter().map(|plugin| row(plugin, running(plugin))).collect()))
}

/// `GET /plugins/{id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    admin: Admin,
    Path(plugin): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(wire(&app.plugins.get(&admin, &plugin).await?)))
}

/// `POST /plugins/{id}/enable`.
pub(in crate::http) async fn enable(
    State(app): State<App>,
    admin: Admin,
    Path(plugin): Path<String>,
    json::Json(consent): json::Json<Consent>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(wire(&app.plugins.enable(&admin, &plugin, &consent.sheet_digest).await?)))
}

/// `POST /plugins/{id}/disable`.
pub(in crate::http) async fn disable(
    State(app): State<App>,
    admin: Admin,
    Path(plugin): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(wire(&app.plugins.disable(&admin, &plugin).await?)))
}

fn wire(uploaded: &PluginDetails) -> Value {
    let PluginDetails { plugin, sheet } = uploaded;
    json!({
        "id": plugin.id, "version": plugin.version, "digest": plugin.digest, "state": plugin.state,
        "bot_user_id": plugin.bot_user_id, "create_at": plugin.create_at, "update_at": plugin.update_at,
        "sheet": sheet, "sheet_digest": sheet.digest(),
    })
}

fn row(plugin: &InstalledPlugin, running: bool) -> Value {
    json!({
        "id": plugin.id, "version": plugin.version, "digest": plugin.digest, "state": plugin.state,
        "running": running, "create_at": plugin.create_at, "update_at": plugin.update_at,
    })
}
