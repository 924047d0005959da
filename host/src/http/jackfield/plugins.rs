//! Plugins: uploaded, agreed to by their permission sheet, enabled, disabled. For administrators.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::{Cursor, Page, Paging};
use crate::access::Admin;
use crate::app::App;
use crate::http::json;
use crate::http::problem::Problem;
use crate::http::request_body::receive;
use crate::model::{InstalledPlugin, PluginId, PluginState, Timestamp, UserId};
use crate::plugin::PluginDetails;
use crate::plugin::sheet::Sheet;

#[derive(Deserialize, ToSchema)]
pub(super) struct EnablePlugin {
    /// The digest of the permission sheet that the administrator read and agrees to.
    sheet_digest: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PluginResponse {
    id: PluginId,
    version: String,
    /// SHA-256 of the package, lower-case hex.
    digest: String,
    state: PluginState,
    /// The account that the plugin's own posts are by.
    bot_user_id: UserId,
    create_at: Timestamp,
    update_at: Timestamp,
    sheet: Sheet,
    sheet_digest: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PluginRow {
    id: PluginId,
    version: String,
    /// SHA-256 of the package, lower-case hex.
    digest: String,
    state: PluginState,
    /// Whether this server runs it: an enabled plugin that cannot be loaded does not run.
    running: bool,
    create_at: Timestamp,
    update_at: Timestamp,
}

/// Uploads a package. Nothing runs until an administrator agrees to its permission sheet.
#[utoipa::path(
    post, path = "/plugins", operation_id = "upload_plugin", tag = "plugins",
    request_body(content = Vec<u8>, content_type = "application/wasm", description = "The plugin's .wasm file"),
    responses((status = CREATED, description = "The plugin with its permission sheet", body = PluginResponse)),
)]
pub(super) async fn upload(
    State(app): State<App>,
    admin: Admin,
    body: Body,
) -> Result<(StatusCode, Json<PluginResponse>), Problem> {
    // `Admin` is proved before the body is read, so no other client can make the server hold 32 MiB.
    let limit = app.config.plugins.max_package;
    let component = receive(body, limit, &app.budgets.bodies).await?;
    let uploaded = app.plugins.upload(&admin, component.bytes).await?;
    Ok((StatusCode::CREATED, Json(uploaded.into())))
}

/// Lists the installed plugins by id.
#[utoipa::path(
    get, path = "/plugins", operation_id = "list_plugins", tag = "plugins", params(Paging),
    responses((status = OK, description = "A page of plugins", body = Page<PluginRow>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    admin: Admin,
    paging: Paging,
) -> Result<Json<Page<PluginRow>>, Problem> {
    let after: Option<PluginId> = paging.after_id()?;
    let plugins = app.plugins.list(&admin, after.as_ref(), paging.rows()).await?;
    Ok(Json(paging.page(
        plugins,
        |plugin| Cursor::new(&plugin.id),
        |plugin| {
            let running = app.plugins.active(&plugin.id).is_some();
            PluginRow::new(plugin, running)
        },
    )))
}

/// Shows a plugin with its permission sheet.
#[utoipa::path(
    get, path = "/plugins/{plugin}", operation_id = "get_plugin", tag = "plugins",
    params(("plugin" = PluginId, Path, description = "The plugin's id")),
    responses((status = OK, description = "The plugin", body = PluginResponse)),
)]
pub(super) async fn get(
    State(app): State<App>,
    admin: Admin,
    Path(plugin): Path<String>,
) -> Result<Json<PluginResponse>, Problem> {
    Ok(Json(app.plugins.get(&admin, &plugin).await?.into()))
}

/// Agrees to a plugin's permission sheet and lets the plugin run.
#[utoipa::path(
    post, path = "/plugins/{plugin}/enable", operation_id = "enable_plugin", tag = "plugins",
    params(("plugin" = PluginId, Path, description = "The plugin's id")), request_body = EnablePlugin,
    responses((status = OK, description = "The plugin", body = PluginResponse)),
)]
pub(super) async fn enable(
    State(app): State<App>,
    admin: Admin,
    Path(plugin): Path<String>,
    json::Json(consent): json::Json<EnablePlugin>,
) -> Result<Json<PluginResponse>, Problem> {
    Ok(Json(app.plugins.enable(&admin, &plugin, &consent.sheet_digest).await?.into()))
}

/// Stops a plugin.
#[utoipa::path(
    post, path = "/plugins/{plugin}/disable", operation_id = "disable_plugin", tag = "plugins",
    params(("plugin" = PluginId, Path, description = "The plugin's id")),
    responses((status = OK, description = "The plugin", body = PluginResponse)),
)]
pub(super) async fn disable(
    State(app): State<App>,
    admin: Admin,
    Path(plugin): Path<String>,
) -> Result<Json<PluginResponse>, Problem> {
    Ok(Json(app.plugins.disable(&admin, &plugin).await?.into()))
}

impl From<PluginDetails> for PluginResponse {
    fn from(PluginDetails { plugin, sheet }: PluginDetails) -> Self {
        Self {
            id: plugin.id,
            version: plugin.version,
            digest: plugin.digest,
            state: plugin.state,
            bot_user_id: plugin.bot_user_id,
            create_at: plugin.create_at,
            update_at: plugin.update_at,
            sheet_digest: sheet.digest(),
            sheet,
        }
    }
}

impl PluginRow {
    fn new(plugin: InstalledPlugin, running: bool) -> Self {
        Self {
            id: plugin.id,
            version: plugin.version,
            digest: plugin.digest,
            state: plugin.state,
            running,
            create_at: plugin.create_at,
            update_at: plugin.update_at,
        }
    }
}
