//! The caller and what they may do, so that a user interface can hide actions that would be refused.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::auth::Session;
use crate::http::problem::Problem;
use crate::model::TeamId;
use crate::model::wire::UserResponse;

#[derive(Serialize, ToSchema)]
pub(super) struct MeResponse {
    /// The account, as `GET /api/v4/users/me` shows it.
    #[schema(value_type = Object)]
    user: UserResponse,
    /// Rights on the server.
    rights: Vec<&'static str>,
    teams: Vec<TeamRights>,
}

#[derive(Serialize, ToSchema)]
struct TeamRights {
    id: TeamId,
    name: String,
    display_name: String,
    /// The account's roles in the team, separated by blanks.
    roles: String,
    /// Rights in the team.
    rights: Vec<&'static str>,
}

/// Describes the caller: the account, and its rights on the server and in each of its teams.
#[utoipa::path(
    get, path = "/me", operation_id = "get_me", tag = "me",
    responses((status = OK, description = "The caller", body = MeResponse)),
)]
pub(super) async fn get(State(app): State<App>, session: Session) -> Result<Json<MeResponse>, Problem> {
    let user = session.user();
    let rights = app.access.rights(user).await?;
    let teams = rights.teams.into_iter().map(|own| TeamRights {
        id: own.team.id,
        name: own.team.name,
        display_name: own.team.display_name,
        roles: own.roles,
        rights: own.rights,
    });
    Ok(Json(MeResponse {
        user: UserResponse::whole(user.clone()),
        rights: rights.system,
        teams: teams.collect(),
    }))
}
