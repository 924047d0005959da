//! Plugins in v4's form. Mattermost's plugins are other programs, so clients find none to load; administrators see
//! which plugins of this server run. The own API installs and changes them.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::access::Admin;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::problem::Problem;
use crate::model::{InstalledPlugin, PluginId};

/// Most plugins in one response. Further ones are left out: the own API lists all.
const MAX_LISTED: i64 = 200;

/// Mattermost's numbers for the state of a plugin.
const NOT_RUNNING: u8 = 0;
const RUNNING: u8 = 2;

#[derive(Serialize)]
pub(in crate::http) struct PluginSummary {
    id: PluginId,
    name: String,
    version: String,
}

#[derive(Serialize)]
pub(in crate::http) struct PluginsResponse {
    active: Vec<PluginSummary>,
    inactive: Vec<PluginSummary>,
}

#[derive(Serialize)]
pub(in crate::http) struct PluginStatus {
    plugin_id: PluginId,
    cluster_id: &'static str,
    plugin_path: &'static str,
    state: u8,
    error: &'static str,
    name: String,
    description: &'static str,
    version: String,
}

/// `GET /plugins/webapp`: the plugins that a browser loads.
pub(in crate::http) async fn for_browsers(_: Session) -> Json<[(); 0]> {
    Json([])
}

/// `GET /plugins`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    admin: Admin,
) -> Result<Json<PluginsResponse>, Problem> {
    let (active, inactive): (Vec<_>, Vec<_>) = app
        .plugins
        .list(&admin, None, MAX_LISTED)
        .await?
        .into_iter()
        .partition(|plugin| app.plugins.active(&plugin.id).is_some());
    let all = |plugins: Vec<InstalledPlugin>| -> Vec<PluginSummary> {
        let response = |plugin: InstalledPlugin| PluginSummary {
            name: plugin.id.to_string(),
            id: plugin.id,
            version: plugin.version,
        };
        plugins.into_iter().map(response).collect()
    };
    Ok(Json(PluginsResponse { active: all(active), inactive: all(inactive) }))
}

/// `GET /plugins/statuses`.
pub(in crate::http) async fn statuses(
    State(app): State<App>,
    admin: Admin,
) -> Result<Json<Vec<PluginStatus>>, Problem> {
    let plugins = app.plugins.list(&admin, None, MAX_LISTED).await?;
    let status = |plugin: InstalledPlugin| PluginStatus {
        state: if app.plugins.active(&plugin.id).is_some() { RUNNING } else { NOT_RUNNING },
        name: plugin.id.to_string(),
        plugin_id: plugin.id,
        cluster_id: "",
        plugin_path: "",
        error: "",
        description: "",
        version: plugin.version,
    };
    Ok(Json(plugins.into_iter().map(status).collect()))
}
