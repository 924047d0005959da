//! Members of teams.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::AddMember;
use crate::access::{AccountAccess, TeamAccess, TeamAdmin};
use crate::app::App;
use crate::chat::ChatError;
use crate::http::auth::{NamedUser, Session};
use crate::http::json;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::{ErrorResponse, Problem};
use crate::http::v4::channels::members::{UpdateMemberRoles, UpdateSchemeRoles};
use crate::http::v4::{Done, known_ids, list, ok};
use crate::model::wire::TeamMemberResponse;
use crate::model::{Kind, TeamId, UserId, role};

#[derive(Serialize)]
pub(in crate::http) struct TeamStats {
    team_id: TeamId,
    total_member_count: i64,
    active_member_count: i64,
}

/// The members that one request added, or what became of each account.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::http) enum AddedMembersResponse {
    Plain(Vec<TeamMemberResponse>),
    Graceful(Vec<AddedMemberResponse>),
}

#[derive(Serialize)]
pub(in crate::http) struct AddedMemberResponse {
    user_id: UserId,
    member: Option<TeamMemberResponse>,
    error: Option<ErrorResponse>,
}

/// `GET /teams/{team_id}/members`: guests get only the members whom they may see.
pub(in crate::http) async fn page(
    State(app): State<App>,
    team: TeamAccess,
    query: Query,
    page: PageRange,
) -> Result<Json<Vec<TeamMemberResponse>>, Problem> {
    let by_name = match query.text("sort").as_str() {
        "" => false,
        "Username" => true,
        _ => {
            return Err(Problem::parameter(
                "sort",
                "it must be `Username`, or absent for the order in which accounts were created",
            ));
        }
    };
    let filter = (by_name, query.flag("exclude_deleted_users"));
    Ok(list(app.access.team_members(&team, filter, page.offset, page.limit).await?))
}

/// `GET /teams/{team_id}/members/{user_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    team: TeamAccess,
) -> Result<Json<TeamMemberResponse>, Problem> {
    let member = app.access.team_member(&team, &user).await?;
    Ok(Json(member.ok_or(ChatError::NotFound(Kind::TeamMember))?.into()))
}

/// `POST /teams/{team_id}/members/ids`: returns those of these accounts that are members; guests get only the ones they
/// may see.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    team: TeamAccess,
    json::List(named): json::List<String>,
) -> Result<Json<Vec<TeamMemberResponse>>, Problem> {
    let users = known_ids("user_ids", &named)?;
    Ok(list(app.access.team_members_by_ids(&team, users).await?))
}

/// `POST /teams/{team_id}/members/batch`: the body is a list of objects with `user_id`. With `graceful` each account is
/// added or refused by itself.
pub(in crate::http) async fn add_batch(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    query: Query,
    json::List(body): json::List<AddMember>,
) -> Result<(StatusCode, Json<AddedMembersResponse>), Problem> {
    let users: Vec<UserId> = body.iter().map(|one| one.user(&team)).collect::<Result<_, _>>()?;
    if !query.flag("graceful") {
        let Json(members) = list(app.chat.add_all_to_team(session.user(), &team, &users).await?);
        return Ok((StatusCode::CREATED, Json(AddedMembersResponse::Plain(members))));
    }
    let outcomes = app.chat.add_each_to_team(session.user(), &team, users).await?;
    let outcomes = outcomes.into_iter().map(|(user_id, outcome)| match outcome {
        Ok(member) => AddedMemberResponse { user_id, member: Some(member.into()), error: None },
        Err(error) => {
            AddedMemberResponse { user_id, member: None, error: Some(Problem::from(error).object()) }
        }
    });
    Ok((StatusCode::CREATED, Json(AddedMembersResponse::Graceful(outcomes.collect()))))
}

/// `GET /users/{user_id}/teams/members`. Teams that the account left are among them, with `delete_at`: clients forget
/// what they hold of these.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Json<Vec<TeamMemberResponse>>, Problem> {
    Ok(list(app.store.past_team_memberships_of(account.id()).await?))
}

/// `GET /teams/{team_id}/stats`: counts for a guest only the members whom they may see.
pub(in crate::http) async fn stats(
    State(app): State<App>,
    team: TeamAccess,
) -> Result<Json<TeamStats>, Problem> {
    let team_id = team.team().id.clone();
    let (total_member_count, active_member_count) = app.access.team_member_counts(&team).await?;
    Ok(Json(TeamStats { team_id, total_member_count, active_member_count }))
}

/// `DELETE /teams/{team_id}/members/{user_id}`.
pub(in crate::http) async fn remove(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
    PathId(team): PathId<TeamId>,
) -> Result<Json<Done>, Problem> {
    app.chat.remove_from_team(session.user(), &team, &user).await?;
    Ok(ok())
}

/// `PUT /teams/{team_id}/members/{user_id}/roles`.
pub(in crate::http) async fn set_roles(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: TeamAdmin,
    json::Json(body): json::Json<UpdateMemberRoles>,
) -> Result<Json<Done>, Problem> {
    app.chat.set_team_roles(&admin, &user, &body.roles).await?;
    Ok(ok())
}

/// `PUT /teams/{team_id}/members/{user_id}/schemeRoles`.
pub(in crate::http) async fn set_scheme_roles(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: TeamAdmin,
    json::Json(body): json::Json<UpdateSchemeRoles>,
) -> Result<Json<Done>, Problem> {
    let roles = if body.is_admin()? { role::TEAM_ADMIN } else { role::TEAM_USER };
    app.chat.set_team_roles(&admin, &user, roles).await?;
    Ok(ok())
}
