//! Teams that change: renamed, opened, archived; and finding them.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::hide_links;
use crate::access::rules;
use crate::app::App;
use crate::chat::ChatError;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::page::Page;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::http::v4::{list, ok};
use crate::model::{Team, TeamChange};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    id: String,
    display_name: Option<String>,
    description: Option<String>,
    allow_open_invite: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Privacy {
    privacy: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Search {
    term: String,
}

impl From<Asked> for TeamChange {
    fn from(asked: Asked) -> Self {
        Self {
            display_name: asked.display_name,
            description: asked.description,
            open: asked.allow_open_invite,
            delete_at: None,
        }
    }
}

/// `PUT /teams/{team_id}`. The name in addresses stays.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::Json(asked): body::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    if asked.id != team {
        return Err(Problem::body("id", "`id` must be that of the team in the address"));
    }
    Ok(Json(app.chat.change_team(session.user(), &params::id("team_id", &team)?, asked.into()).await?.wire()))
}

/// `PUT /teams/{team_id}/patch`: what is not said stays.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::Json(asked): body::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.change_team(session.user(), &params::id("team_id", &team)?, asked.into()).await?.wire()))
}

/// `PUT /teams/{team_id}/privacy`.
pub(in crate::http) async fn privacy(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::Json(asked): body::Json<Privacy>,
) -> Result<Json<Value>, Problem> {
    let open = match asked.privacy.as_str() {
        "O" => true,
        "I" => false,
        _ => return Err(Problem::body("privacy", "`privacy` must be `O` (open) or `I` (by invitation)")),
    };
    let change = TeamChange { open: Some(open), ..TeamChange::default() };
    Ok(Json(app.chat.change_team(session.user(), &params::id("team_id", &team)?, change).await?.wire()))
}

/// `DELETE /teams/{team_id}`: archives it; nothing is ever removed for good.
pub(in crate::http) async fn archive(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    if query.flag("permanent") {
        return Err(Problem::parameter("permanent", "teams are archived here, never removed for good"));
    }
    app.chat.archive_team(session.user(), &params::id("team_id", &team)?).await?;
    Ok(ok())
}

/// `POST /teams/{team_id}/restore`.
pub(in crate::http) async fn restore(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.restore_team(session.user(), &params::id("team_id", &team)?).await?.wire()))
}

/// `POST /teams/search`: open teams and one's own; all of them for an administrator, only their own for guests.
pub(in crate::http) async fn search(
    State(app): State<App>,
    session: Session,
    page: Page,
    body::Json(search): body::Json<Search>,
) -> Result<Json<Value>, Problem> {
    let of = (!rules::is_admin(session.user())).then_some(&session.user().id);
    let open = !rules::accounts::is_guest(session.user());
    let mut teams = app.store.search_teams(search.term.trim(), of, open, page.offset, page.limit).await?;
    hide_links(session.user(), false, &mut teams);
    Ok(list(&teams, Team::wire))
}

/// `GET /teams/name/{name}/exists`: whether there is a team one may see.
pub(in crate::http) async fn exists(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    match app.chat.visible_team_by_name(session.user(), &name).await {
        Ok(_) => Ok(Json(json!({"exists": true}))),
        Err(ChatError::NotFound(_) | ChatError::Access(_)) => Ok(Json(json!({"exists": false}))),
        Err(error) => Err(error.into()),
    }
}
