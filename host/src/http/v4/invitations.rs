//! Coming into a team by its invitation link, or by a single invitation.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::access::Invited;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::secret::Secret;

/// `GET /teams/invite/{invite_id}`: what somebody without an account sees of the team they are invited to.
pub(in crate::http) async fn team(
    State(app): State<App>,
    Path(invite): Path<String>,
) -> Result<Json<Value>, Problem> {
    let team = app.access.invited_team(&invite).await?;
    Ok(Json(json!({
        "id": team.id, "name": team.name, "display_name": team.display_name, "description": team.description,
        "type": if team.open { "O" } else { "I" },
    })))
}

/// `POST /teams/members/invite`: with `?invite_id=` or `?token=`.
pub(in crate::http) async fn join(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let invited = query
        .get("token")
        .map(|token| Invited::Token(Secret::new(token)))
        .or_else(|| query.get("invite_id").map(Invited::Link))
        .ok_or_else(|| Problem::parameter("invite_id", "say `invite_id` or `token`"))?;
    let member = app.access.accept(session.user(), invited).await?;
    Ok((StatusCode::CREATED, Json(member.wire())))
}

/// `POST /teams/{team_id}/regenerate_invite_id`.
pub(in crate::http) async fn regenerate(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = params::id("team_id", &team)?;
    Ok(Json(app.access.regenerate_link(session.user(), &id).await?.wire()))
}
