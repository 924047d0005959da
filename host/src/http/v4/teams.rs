//! Teams: create, get, list, join.

pub(in crate::http) mod edit;
pub(in crate::http) mod members;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::list as list_of;
use crate::access::rules;
use crate::app::App;
use crate::chat::NewTeam;
use crate::http::auth::Session;
use crate::http::etag;
use crate::http::json;
use crate::http::page::Page;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{Team, User};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    name: String,
    display_name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Added {
    user_id: String,
}

/// `POST /teams`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let open = match asked.kind.as_str() {
        "O" => true,
        "I" => false,
        _ => return Err(Problem::body("type", "`type` must be `O` (open) or `I` (by invitation)")),
    };
    let new = NewTeam { name: asked.name, display_name: asked.display_name, open };
    let team = app.chat.create_team(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(team.wire())))
}

/// `GET /teams`: open ones; all of them for an administrator, only their own for guests.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    page: Page,
) -> Result<Json<Value>, Problem> {
    if rules::accounts::is_guest(session.user()) {
        let mut own = app.store.teams_of(&session.user().id).await?;
        hide_links(session.user(), true, &mut own);
        return Ok(list_of(page.of_list(&own), Team::wire));
    }
    let open_only = !rules::is_admin(session.user());
    let mut teams = app.store.teams(open_only, page.offset, page.limit).await?;
    hide_links(session.user(), false, &mut teams);
    Ok(list_of(&teams, Team::wire))
}

/// `GET /teams/{team_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let team = app.chat.visible_team(session.user(), &params::id("team_id", &team)?).await?;
    // Whether the link is shown follows from who asks.
    let linked = !team.invite_id.is_empty();
    Ok(etag::json(&headers, &[&team.id, &team.update_at.as_millis(), &linked], || team.wire()))
}

/// `GET /teams/name/{name}`.
pub(in crate::http) async fn by_name(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.visible_team_by_name(session.user(), &name).await?.wire()))
}

/// `GET /users/{user_id}/teams`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    rules::manage_account(session.user(), &user)?;
    let mut teams = app.store.teams_of(&user).await?;
    hide_links(session.user(), true, &mut teams);
    Ok(list_of(&teams, Team::wire))
}

/// `POST /teams/{team_id}/members`.
pub(in crate::http) async fn add_member(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    json::Json(added): json::Json<Added>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let user = json::id("user_id", &added.user_id)?;
    let member = app.chat.add_to_team(session.user(), &params::id("team_id", &team)?, &user).await?;
    Ok((StatusCode::CREATED, Json(member.wire())))
}

/// An invitation link is shown to those who may pass it on.
fn hide_links(user: &User, members: bool, teams: &mut [Team]) {
    if !rules::accounts::sees_link(user, members) {
        for team in teams {
            team.invite_id.clear();
        }
    }
}
