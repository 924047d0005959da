//! Joining a team by its invitation link, or by a single invitation.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::access::{InvitationKey, Prohibition};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::wire::{TeamMemberResponse, TeamResponse};
use crate::model::{TeamId, TeamKind};
use crate::secret::Secret;

/// The part of a team that an invited client sees without an account.
#[derive(Serialize)]
pub(in crate::http) struct InvitedTeamResponse {
    id: TeamId,
    name: String,
    display_name: String,
    description: String,
    #[serde(rename = "type")]
    kind: TeamKind,
}

/// `GET /teams/invite/{invite_id}`.
pub(in crate::http) async fn team(
    State(app): State<App>,
    Path(invite): Path<String>,
) -> Result<Json<InvitedTeamResponse>, Problem> {
    let team = app.access.invited_team(&invite).await?;
    Ok(Json(InvitedTeamResponse {
        kind: team.kind,
        id: team.id,
        name: team.name,
        display_name: team.display_name,
        description: team.description,
    }))
}

/// `POST /teams/members/invite`: with `?invite_id=` or `?token=`.
pub(in crate::http) async fn join(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<(StatusCode, Json<TeamMemberResponse>), Problem> {
    let invited = query
        .get("token")
        .map(|token| InvitationKey::Token(Secret::new(token)))
        .or_else(|| query.get("invite_id").map(InvitationKey::Link))
        .ok_or(Prohibition::JoinByNothing)?;
    let (member, is_new) = app.access.accept(session.user(), invited).await?;
    if is_new {
        app.chat.announce_team_members(None, &member.team_id, &[session.user()]).await;
    }
    Ok((StatusCode::CREATED, Json(member.into())))
}

/// `POST /teams/{team_id}/regenerate_invite_id`.
pub(in crate::http) async fn regenerate(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
) -> Result<Json<TeamResponse>, Problem> {
    Ok(Json(app.access.regenerate_link(session.user(), &team).await?.into()))
}
