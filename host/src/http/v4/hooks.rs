//! Managing incoming webhooks.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{list as list_of, ok};
use crate::access::rules;
use crate::app::App;
use crate::chat::NewHook;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::page::Page;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{IncomingHook, TeamId, Verifier};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    channel_id: String,
    display_name: String,
    description: String,
    username: String,
    icon_url: String,
    channel_locked: bool,
}

/// `POST /hooks/incoming`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let new = NewHook {
        channel_id: json::id("channel_id", &asked.channel_id)?,
        display_name: asked.display_name,
        description: asked.description,
        username: asked.username,
        icon_url: asked.icon_url,
        channel_locked: asked.channel_locked,
        bridge: None,
        verifier: Verifier::None,
        sealed_secret: None,
    };
    let hook = app.chat.create_hook(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(hook.wire())))
}

/// `GET /hooks/incoming`: one's own; all of them for an administrator.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let team: Option<TeamId> = query.id("team_id")?;
    if let Some(team) = &team {
        app.chat.enter_team(session.user(), team).await?;
    }
    let owner = (!rules::is_admin(session.user())).then_some(&session.user().id);
    let hooks = app.store.hooks(team.as_ref(), owner, page.offset, page.limit).await?;
    Ok(list_of(&hooks, IncomingHook::wire))
}

/// `GET /hooks/incoming/{hook_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(hook): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.own_hook(session.user(), &params::id("hook_id", &hook)?).await?.wire()))
}

/// `DELETE /hooks/incoming/{hook_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    Path(hook): Path<String>,
) -> Result<Json<Value>, Problem> {
    app.chat.delete_hook(session.user(), &params::id("hook_id", &hook)?).await?;
    Ok(ok())
}
