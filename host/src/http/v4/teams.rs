//! Teams: create, get, list, join.

pub(in crate::http) mod edit;
pub(in crate::http) mod members;
pub(in crate::http) mod picture;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::{check_offered, list as list_of};
use crate::access::AccountAccess;
use crate::app::App;
use crate::chat::{ChatError, NewTeam};
use crate::http::auth::Session;
use crate::http::etag;
use crate::http::json;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::wire::{TeamMemberResponse, TeamResponse};
use crate::model::{Kind, TeamId, TeamKind, UserId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreateTeam {
    name: String,
    display_name: String,
    description: String,
    #[serde(rename = "type")]
    kind: String,
    allow_open_invite: bool,
    company_name: String,
    allowed_domains: String,
    scheme_id: String,
    group_constrained: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct AddMember {
    team_id: String,
    user_id: String,
}

impl AddMember {
    /// Returns the account. The team in the body must be that of the address.
    fn user(&self, team: &TeamId) -> Result<UserId, Problem> {
        if self.team_id != team.as_str() {
            return Err(Problem::body("team_id", "`team_id` must be that of the team in the address"));
        }
        json::id("user_id", &self.user_id)
    }
}

/// The teams of a list and, if the request asks for it, the number of all.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::http) enum TeamsResponse {
    Plain(Vec<TeamResponse>),
    Counted { teams: Vec<TeamResponse>, total_count: i64 },
}

/// `POST /teams`. The team is closed to strangers unless `allow_open_invite` opens it, whatever its type. Its `email`
/// is its creator's.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(body): json::Json<CreateTeam>,
) -> Result<(StatusCode, Json<TeamResponse>), Problem> {
    check_offered(&body.scheme_id, body.group_constrained)?;
    let new = NewTeam {
        name: body.name,
        display_name: body.display_name,
        description: body.description,
        kind: kind("type", &body.kind)?,
        open: body.allow_open_invite,
        company_name: body.company_name,
        allowed_domains: body.allowed_domains,
    };
    let team = app.chat.create_team(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(team.into())))
}

/// `GET /teams`: lists open teams; administrators see all teams, guests only their own.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    page: PageRange,
    query: Query,
) -> Result<Json<TeamsResponse>, Problem> {
    let Json(teams) = list_of(app.chat.teams(session.user(), page.offset, page.limit).await?);
    if !query.flag("include_total_count") {
        return Ok(Json(TeamsResponse::Plain(teams)));
    }
    let total_count = app.chat.team_count(session.user()).await?;
    Ok(Json(TeamsResponse::Counted { teams, total_count }))
}

/// `GET /teams/{team_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let team = app.chat.visible_team(session.user(), &team).await?;
    let (id, update_at) = (team.id.clone(), team.update_at.as_millis());
    // The tag names the caller's view, because only some callers see the invitation link and the address.
    let (linked, addressed) = (!team.invite_id.is_empty(), !team.email.is_empty());
    Ok(etag::json(&headers, &[&id, &update_at, &linked, &addressed], || TeamResponse::from(team)))
}

/// `GET /teams/name/{name}`.
pub(in crate::http) async fn by_name(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Json<TeamResponse>, Problem> {
    Ok(Json(app.chat.visible_team_by_name(session.user(), &name).await?.into()))
}

/// `GET /users/{user_id}/teams`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Json<Vec<TeamResponse>>, Problem> {
    Ok(list_of(app.chat.teams_of(&account).await?))
}

/// `POST /teams/{team_id}/members`.
pub(in crate::http) async fn add_member(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    query: Query,
    json::Json(body): json::Json<AddMember>,
) -> Result<(StatusCode, Json<TeamMemberResponse>), Problem> {
    if query.flag("graceful") {
        return Err(Problem::parameter(
            "graceful",
            "only `members/batch` reports each account by itself; leave it out here",
        ));
    }
    let user = body.user(&team)?;
    let member = app.chat.add_to_team(session.user(), &team, &user).await?;
    Ok((StatusCode::CREATED, Json(member.into())))
}

fn kind(field: &'static str, letter: &str) -> Result<TeamKind, Problem> {
    match letter {
        "O" => Ok(TeamKind::Open),
        "I" => Ok(TeamKind::Invitation),
        _ => {
            let reason = "it must be `O` (open) or `I` (by invitation)".to_owned();
            Err(ChatError::Invalid { kind: Kind::Team, field, reason }.into())
        }
    }
}
