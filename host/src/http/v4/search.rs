//! Searching posts: in one team, or everywhere.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::posts::post_list;
use crate::app::App;
use crate::chat;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::TeamId;

const PER_PAGE: i64 = 60;
const MAX_PER_PAGE: i64 = 200;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    terms: String,
    is_or_search: bool,
    include_deleted_channels: bool,
    time_zone_offset: i64,
    page: i64,
    per_page: i64,
}

/// `POST /teams/{team_id}/posts/search`: the team's channels, and direct ones.
pub(in crate::http) async fn in_team(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::Json(asked): body::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let team = params::id("team_id", &team)?;
    search(&app, &session, Some(team), asked).await
}

/// `POST /posts/search`.
pub(in crate::http) async fn everywhere(
    State(app): State<App>,
    session: Session,
    body::Json(asked): body::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    search(&app, &session, None, asked).await
}

async fn search(
    app: &App,
    session: &Session,
    team: Option<TeamId>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let limit = if asked.per_page > 0 { asked.per_page.min(MAX_PER_PAGE) } else { PER_PAGE };
    let asked = chat::SearchRequest {
        team,
        terms: asked.terms,
        any: asked.is_or_search,
        archived: asked.include_deleted_channels,
        time_zone_offset: asked.time_zone_offset,
        offset: asked.page.max(0).saturating_mul(limit),
        limit,
    };
    let found = app.chat.search(session.user(), asked).await?;
    post_list(app, found, json!({"matches": null})).await
}
