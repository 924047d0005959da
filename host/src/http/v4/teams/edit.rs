//! Changing teams: names, who may join, archiving; and finding them.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use super::{TeamsResponse, kind};
use crate::access::TeamAdmin;
use crate::app::App;
use crate::chat::ChatError;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::http::v4::{Done, check_offered, list, ok};
use crate::model::wire::TeamResponse;
use crate::model::{TeamChange, TeamKind};

/// Absent fields stay unchanged.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateTeam {
    id: String,
    display_name: Option<String>,
    description: Option<String>,
    allow_open_invite: Option<bool>,
    company_name: Option<String>,
    allowed_domains: Option<String>,
    scheme_id: String,
    group_constrained: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateTeamPrivacy {
    privacy: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SearchTeams {
    term: String,
    allow_open_invite: Option<bool>,
    group_constrained: Option<bool>,
    policy_id: Option<String>,
    page: Option<i64>,
    per_page: Option<i64>,
}

#[derive(Serialize)]
pub(in crate::http) struct ExistsResponse {
    exists: bool,
}

impl From<UpdateTeam> for TeamChange {
    fn from(body: UpdateTeam) -> Self {
        Self {
            display_name: body.display_name,
            description: body.description,
            open: body.allow_open_invite,
            company_name: body.company_name,
            allowed_domains: body.allowed_domains,
            ..Self::default()
        }
    }
}

/// `PUT /teams/{team_id}`. The name in URLs cannot change.
pub(in crate::http) async fn update(
    State(app): State<App>,
    admin: TeamAdmin,
    json::Json(body): json::Json<UpdateTeam>,
) -> Result<Json<TeamResponse>, Problem> {
    if body.id != admin.team().id.as_str() {
        return Err(Problem::body("id", "`id` must be that of the team in the address"));
    }
    check_offered(&body.scheme_id, body.group_constrained)?;
    Ok(Json(app.chat.change_team(&admin, body.into()).await?.into()))
}

/// `PUT /teams/{team_id}/patch`.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    admin: TeamAdmin,
    json::Json(body): json::Json<UpdateTeam>,
) -> Result<Json<TeamResponse>, Problem> {
    check_offered(&body.scheme_id, body.group_constrained)?;
    Ok(Json(app.chat.change_team(&admin, body.into()).await?.into()))
}

/// `PUT /teams/{team_id}/privacy`: sets the type, and opens or closes the team to strangers.
pub(in crate::http) async fn privacy(
    State(app): State<App>,
    admin: TeamAdmin,
    json::Json(body): json::Json<UpdateTeamPrivacy>,
) -> Result<Json<TeamResponse>, Problem> {
    let kind = kind("privacy", &body.privacy)?;
    let (kind, open) = (Some(kind), Some(kind == TeamKind::Open));
    let change = TeamChange { kind, open, ..TeamChange::default() };
    Ok(Json(app.chat.change_team(&admin, change).await?.into()))
}

/// `DELETE /teams/{team_id}`: archives it; teams are never removed for good.
pub(in crate::http) async fn archive(
    State(app): State<App>,
    admin: TeamAdmin,
    query: Query,
) -> Result<Json<Done>, Problem> {
    if query.flag("permanent") {
        return Err(Problem::parameter(
            "permanent",
            "this server never removes teams for good; leave it out to archive the team",
        ));
    }
    app.chat.archive_team(&admin).await?;
    Ok(ok())
}

/// `POST /teams/{team_id}/restore`.
pub(in crate::http) async fn restore(
    State(app): State<App>,
    admin: TeamAdmin,
) -> Result<Json<TeamResponse>, Problem> {
    Ok(Json(app.chat.restore_team(&admin).await?.into()))
}

/// `POST /teams/search`: refuses a filter that this server cannot apply. It finds open teams and the caller's own;
/// administrators find all teams, guests only their own. With a page in the body the response also counts the teams.
pub(in crate::http) async fn search(
    State(app): State<App>,
    session: Session,
    page: PageRange,
    json::Json(body): json::Json<SearchTeams>,
) -> Result<Json<TeamsResponse>, Problem> {
    for (field, is_given) in [
        ("allow_open_invite", body.allow_open_invite.is_some()),
        ("group_constrained", body.group_constrained.is_some()),
        ("policy_id", body.policy_id.is_some()),
    ] {
        if is_given {
            return Err(Problem::body(field, format!("teams are found only by name; leave `{field}` out")));
        }
    }
    let counts = body.page.is_some() || body.per_page.is_some();
    let page = if counts { PageRange::numbered(body.page, body.per_page) } else { page };
    let Json(teams) = list(app.chat.search_teams(session.user(), &body.term, page.offset, page.limit).await?);
    if !counts {
        return Ok(Json(TeamsResponse::Plain(teams)));
    }
    let total_count = app.chat.found_team_count(session.user(), &body.term).await?;
    Ok(Json(TeamsResponse::Counted { teams, total_count }))
}

/// `GET /teams/name/{name}/exists`: whether a team with this name exists and the caller may see it.
pub(in crate::http) async fn exists(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Json<ExistsResponse>, Problem> {
    match app.chat.visible_team_by_name(session.user(), &name).await {
        Ok(_) => Ok(Json(ExistsResponse { exists: true })),
        Err(ChatError::NotFound(_) | ChatError::Access(_)) => Ok(Json(ExistsResponse { exists: false })),
        Err(error) => Err(error.into()),
    }
}
