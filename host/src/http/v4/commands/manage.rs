//! Managing the slash commands of teams.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::CommandResponse;
use crate::app::App;
use crate::command::CommandSettings;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{Done, ok};
use crate::model::CommandId;

/// A command as a client sends it, to create or to update it. An update without a field empties it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SaveCommand {
    id: String,
    /// The team of a new command. An update cannot change it.
    team_id: String,
    trigger: String,
    method: String,
    url: String,
    username: String,
    icon_url: String,
    auto_complete: bool,
    auto_complete_desc: String,
    auto_complete_hint: String,
    display_name: String,
    description: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct MoveCommand {
    team_id: String,
}

#[derive(Serialize)]
pub(in crate::http) struct TokenResponse {
    token: String,
}

/// `POST /commands`. The creator is the caller, whatever the body says.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(request): json::Json<SaveCommand>,
) -> Result<(StatusCode, Json<CommandResponse>), Problem> {
    let team = request.team_id.parse().ok();
    let created = app.commands.create(session.user(), team.as_ref(), request.into()).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

/// `GET /commands/{command_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(command): PathId<CommandId>,
) -> Result<Json<CommandResponse>, Problem> {
    Ok(Json(app.commands.managed(session.user(), &command).await?.into()))
}

/// `PUT /commands/{command_id}`.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    PathId(command): PathId<CommandId>,
    json::Json(request): json::Json<SaveCommand>,
) -> Result<Json<CommandResponse>, Problem> {
    if !request.id.is_empty() && request.id != command.as_str() {
        return Err(Problem::body("id", "`id` must be that of the command in the address"));
    }
    let team = json::optional_id("team_id", &request.team_id)?;
    let updated = app.commands.update(session.user(), &command, team.as_ref(), request.into()).await?;
    Ok(Json(updated.into()))
}

/// `DELETE /commands/{command_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    PathId(command): PathId<CommandId>,
) -> Result<Json<Done>, Problem> {
    app.commands.delete(session.user(), &command).await?;
    Ok(ok())
}

/// `PUT /commands/{command_id}/regen_token`.
pub(in crate::http) async fn renew_token(
    State(app): State<App>,
    session: Session,
    PathId(command): PathId<CommandId>,
) -> Result<Json<TokenResponse>, Problem> {
    let token = app.commands.renew_token(session.user(), &command).await?;
    Ok(Json(TokenResponse { token: token.reveal().to_owned() }))
}

/// `PUT /commands/{command_id}/move`.
pub(in crate::http) async fn move_to(
    State(app): State<App>,
    session: Session,
    PathId(command): PathId<CommandId>,
    json::Json(request): json::Json<MoveCommand>,
) -> Result<Json<Done>, Problem> {
    let team = request.team_id.parse().ok();
    app.commands.move_to(session.user(), &command, team.as_ref()).await?;
    Ok(ok())
}

impl From<SaveCommand> for CommandSettings {
    fn from(request: SaveCommand) -> Self {
        Self {
            trigger: request.trigger,
            method: request.method,
            url: request.url,
            username: request.username,
            icon_url: request.icon_url,
            auto_complete: request.auto_complete,
            auto_complete_desc: request.auto_complete_desc,
            auto_complete_hint: request.auto_complete_hint,
            display_name: request.display_name,
            description: request.description,
        }
    }
}
