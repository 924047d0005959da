//! Who is in a team.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::rules;
use crate::app::App;
use crate::chat::ChatError;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::page::Page;
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::v4::channels::members::{Roles, SchemeRoles};
use crate::http::v4::{ids, list, ok};
use crate::model::{TeamMember, UserId};
use crate::store::UserFilter;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Added {
    user_id: String,
}

/// `GET /teams/{team_id}/members`; for guests only those they see.
pub(in crate::http) async fn page(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let team = app.chat.enter_team(session.user(), &params::id("team_id", &team)?).await?;
    let members = if rules::accounts::is_guest(session.user()) {
        let inside = UserFilter { in_team: Some(team.id.clone()), ..UserFilter::default() };
        app.store.team_members_by_ids(&team.id, &seen(&app, &session, inside, page).await?).await?
    } else {
        app.store.team_members(&team.id, page.offset, page.limit).await?
    };
    Ok(list(&members, TeamMember::wire))
}

/// `GET /teams/{team_id}/members/{user_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path((team, user)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let team = app.chat.enter_team(session.user(), &params::id("team_id", &team)?).await?;
    if rules::accounts::is_guest(session.user()) {
        app.access.visible_user(session.user(), &user).await?;
    }
    let member = app.store.team_member(&team.id, &user).await?;
    Ok(Json(member.ok_or(ChatError::NotFound("member"))?.wire()))
}

/// `POST /teams/{team_id}/members/ids`: those of these accounts that are in; for guests only those they see.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::List(asked): body::List<String>,
) -> Result<Json<Value>, Problem> {
    let mut users = ids("user_ids", &asked)?;
    let team = app.chat.enter_team(session.user(), &params::id("team_id", &team)?).await?;
    if rules::accounts::is_guest(session.user()) {
        let named = UserFilter { ids: Some(users), ..UserFilter::default() };
        users = seen(&app, &session, named, Page::first()).await?;
    }
    Ok(list(&app.store.team_members_by_ids(&team.id, &users).await?, TeamMember::wire))
}

/// `POST /teams/{team_id}/members/batch`: objects with `user_id`.
pub(in crate::http) async fn add_batch(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::List(asked): body::List<Added>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let named: Vec<String> = asked.into_iter().map(|one| one.user_id).collect();
    let users = ids("user_id", &named)?;
    let members = app.chat.add_all_to_team(session.user(), &params::id("team_id", &team)?, &users).await?;
    Ok((StatusCode::CREATED, list(&members, TeamMember::wire)))
}

/// `GET /users/{user_id}/teams/members`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    rules::manage_account(session.user(), &user)?;
    Ok(list(&app.store.team_memberships_of(&user).await?, TeamMember::wire))
}

/// `GET /teams/{team_id}/stats`.
pub(in crate::http) async fn stats(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
) -> Result<Json<Value>, Problem> {
    let team = app.chat.enter_team(session.user(), &params::id("team_id", &team)?).await?;
    let (total, active) = app.store.team_member_counts(&team.id).await?;
    Ok(Json(json!({"team_id": team.id, "total_member_count": total, "active_member_count": active})))
}

/// `DELETE /teams/{team_id}/members/{user_id}`.
pub(in crate::http) async fn remove(
    State(app): State<App>,
    session: Session,
    Path((team, user)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    app.chat.remove_from_team(session.user(), &params::id("team_id", &team)?, &user).await?;
    Ok(ok())
}

/// `PUT /teams/{team_id}/members/{user_id}/roles`.
pub(in crate::http) async fn set_roles(
    State(app): State<App>,
    session: Session,
    Path((team, user)): Path<(String, String)>,
    body::Json(asked): body::Json<Roles>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    app.chat.set_team_roles(session.user(), &params::id("team_id", &team)?, &user, asked.text()).await?;
    Ok(ok())
}

/// `PUT /teams/{team_id}/members/{user_id}/schemeRoles`.
pub(in crate::http) async fn set_scheme_roles(
    State(app): State<App>,
    session: Session,
    Path((team, user)): Path<(String, String)>,
    body::Json(asked): body::Json<SchemeRoles>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let roles = if asked.leads()? { rules::TEAM_ADMIN } else { rules::TEAM_USER };
    app.chat.set_team_roles(session.user(), &params::id("team_id", &team)?, &user, roles).await?;
    Ok(ok())
}

/// The ids of accounts, as far as the asker may see them.
async fn seen(app: &App, session: &Session, who: UserFilter, page: Page) -> Result<Vec<UserId>, Problem> {
    let people = app.access.people(session.user(), who, page.offset, page.limit).await?;
    Ok(people.into_iter().map(|user| user.id).collect())
}
