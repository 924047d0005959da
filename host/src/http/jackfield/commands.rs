//! Slash commands: the parameters they take.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::TypedQuery;
use super::static_json::{DigestQuery, StaticJson};
use crate::app::App;
use crate::command::CommandError;
use crate::http::auth::Session;
use crate::http::problem::Problem;
use crate::model::PluginId;
use crate::plugin::manifest::{ArgumentRecord, CommandRecord};

/// Longest trigger that an error repeats, in characters.
const MAX_NAMED: usize = 128;

#[derive(Serialize, ToSchema)]
pub(super) struct SignatureResponse {
    /// The command's name, without the slash.
    trigger: String,
    hint: String,
    help: String,
    arguments: Vec<ArgumentRecord>,
    /// The plugin that answers the command.
    plugin: PluginId,
    /// The digest of the plugin's package.
    package: String,
}

/// Describes the parameters of a command.
#[utoipa::path(
    get, path = "/commands/{trigger}/signature", operation_id = "get_command_signature", tag = "commands",
    params(("trigger" = String, Path, description = "The command's name, without the slash"), DigestQuery),
    responses((status = OK, description = "The command's parameters", body = SignatureResponse)),
)]
pub(super) async fn signature(
    State(app): State<App>,
    _: Session,
    Path(trigger): Path<String>,
    headers: HeaderMap,
    TypedQuery(pinned): TypedQuery<DigestQuery>,
) -> Result<Response, Problem> {
    let command = app.plugins.command(&trigger);
    let command = command.ok_or_else(|| CommandError::NotFound(trigger.chars().take(MAX_NAMED).collect()))?;
    let CommandRecord { trigger, hint, help, arguments } = command.record().clone();
    let (plugin, package) = (command.plugin.installed.id.clone(), command.plugin.installed.digest.clone());
    let signature = SignatureResponse { trigger, hint, help, arguments, plugin, package };
    Ok(StaticJson::new(&signature).respond(&headers, pinned.digest.as_deref()))
}
