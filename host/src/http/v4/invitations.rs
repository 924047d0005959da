//! Joining a team by its invitation link, or by a single invitation.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use super::{Done, ok};
use crate::access::{AccessError, Admin, InvitationKey, Prohibition, TeamAccess, TeamAdmin};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::params::Query;
use crate::http::problem::{ErrorResponse, Problem};
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
    let invitation = query
        .get("token")
        .map(|token| InvitationKey::Token(Secret::new(token)))
        .or_else(|| query.get("invite_id").map(InvitationKey::Link))
        .ok_or(Prohibition::JoinByNothing)?;
    let (member, is_new) = app.access.accept(session.user(), invitation).await?;
    if is_new {
        app.chat.announce_team_members(None, &member.team_id, &[session.user()]).await;
    }
    Ok((StatusCode::CREATED, Json(member.into())))
}

#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::http) enum InvitedResponse {
    Done(Done),
    Graceful(Vec<InvitedAddressResponse>),
}

#[derive(Serialize)]
pub(in crate::http) struct InvitedAddressResponse {
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorResponse>,
}

/// `POST /teams/{team_id}/invite/email`: mails invitations to a list of addresses. With `graceful` the response says
/// what became of each. Without, an address that cannot be invited is an error, but a server that sends no mail is
/// none.
pub(in crate::http) async fn by_mail(
    State(app): State<App>,
    team: TeamAccess,
    query: Query,
    json::List(emails): json::List<String>,
) -> Result<Json<InvitedResponse>, Problem> {
    let invited = app.access.invite_by_mail(&team, &emails).await?;
    if query.flag("graceful") {
        let each = invited.into_iter().map(|(email, outcome)| InvitedAddressResponse {
            email,
            error: outcome.err().map(|error| Problem::from(error).object()),
        });
        return Ok(Json(InvitedResponse::Graceful(each.collect())));
    }
    for (_, outcome) in invited {
        match outcome {
            Ok(()) | Err(AccessError::NoMail) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Json(done) = ok();
    Ok(Json(InvitedResponse::Done(done)))
}

/// `DELETE /teams/invites/email`: withdraws the mailed invitations, for administrators.
pub(in crate::http) async fn withdraw(State(app): State<App>, admin: Admin) -> Result<Json<Done>, Problem> {
    app.access.withdraw_mailed_invitations(&admin).await?;
    Ok(ok())
}

/// `POST /teams/{team_id}/regenerate_invite_id`.
pub(in crate::http) async fn regenerate(
    State(app): State<App>,
    admin: TeamAdmin,
) -> Result<Json<TeamResponse>, Problem> {
    Ok(Json(app.access.regenerate_link(&admin).await?.into()))
}
