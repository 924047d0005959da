//! Changing one account: profile, password, and what only administrators may change.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Done, ok};
use crate::access::{AccountAccess, Admin, ProfileChange};
use crate::app::App;
use crate::http::auth::{NamedUser, Session};
use crate::http::json;
use crate::http::params::Query;
use crate::http::problem::{Code, Problem};
use crate::model::TimeZone;
use crate::model::wire::UserResponse;

/// The fields of a profile. Absent fields stay unchanged.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct UpdateUser {
    id: Option<String>,
    username: Option<String>,
    email: Option<String>,
    /// The current password, which a new `email` of the caller's own account needs.
    pub(super) password: Option<String>,
    nickname: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    position: Option<String>,
    locale: Option<String>,
    props: Option<Map<String, Value>>,
    notify_props: Option<Map<String, Value>>,
    timezone: Option<TimeZone>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct UpdateActive {
    active: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct UpdateUserRoles {
    roles: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct UpdatePassword {
    current_password: String,
    new_password: String,
}

impl From<UpdateUser> for ProfileChange {
    fn from(body: UpdateUser) -> Self {
        Self {
            username: body.username,
            email: body.email,
            nickname: body.nickname,
            first_name: body.first_name,
            last_name: body.last_name,
            position: body.position,
            locale: body.locale,
            props: body.props,
            notify_props: body.notify_props,
            timezone: body.timezone,
            ..Self::default()
        }
    }
}

/// `PUT /users/{user_id}`: replaces the profile. Absent names become empty; other absent fields stay unchanged.
pub(in crate::http) async fn update(
    State(app): State<App>,
    account: AccountAccess,
    json::Json(mut body): json::Json<UpdateUser>,
) -> Result<Json<UserResponse>, Problem> {
    if body.id.as_deref() != Some(account.id().as_str()) {
        return Err(Problem::body("id", "`id` must be the id in the address"));
    }
    let password = body.password.take();
    let mut change = ProfileChange::from(body);
    for name in [&mut change.nickname, &mut change.first_name, &mut change.last_name, &mut change.position] {
        name.get_or_insert_default();
    }
    Ok(Json(UserResponse::whole(app.access.update_profile(&account, change, password).await?)))
}

/// `PUT /users/{user_id}/patch`: changes only the given fields.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    account: AccountAccess,
    json::Json(mut body): json::Json<UpdateUser>,
) -> Result<Json<UserResponse>, Problem> {
    let password = body.password.take();
    Ok(Json(UserResponse::whole(app.access.update_profile(&account, body.into(), password).await?)))
}

/// `PUT /users/{user_id}/password`.
pub(in crate::http) async fn set_password(
    State(app): State<App>,
    session: Session,
    account: Result<AccountAccess, Problem>,
    json::Json(body): json::Json<UpdatePassword>,
) -> Result<Json<Done>, Problem> {
    let account = account.map_err(|problem| problem.renamed("api.user.update_password.context.app_error"))?;
    app.access
        .change_password(&account, &session.principal().credential, body.current_password, body.new_password)
        .await?;
    Ok(ok())
}

/// `PUT /users/{user_id}/active`.
pub(in crate::http) async fn set_active(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: Result<Admin, Problem>,
    json::Json(body): json::Json<UpdateActive>,
) -> Result<Json<Done>, Problem> {
    let admin = admin.map_err(|problem| problem.renamed("api.user.update_active.permissions.app_error"))?;
    let active = body.active.ok_or_else(|| Problem::body("active", "`active` must be true or false"))?;
    app.access.set_active(&admin, &user, active).await?;
    Ok(ok())
}

/// `DELETE /users/{user_id}`: deactivates the account; accounts are never removed for good.
pub(in crate::http) async fn deactivate(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: Admin,
    query: Query,
) -> Result<Json<Done>, Problem> {
    if query.flag("permanent") {
        let id = "api.user.delete_user.not_enabled.app_error";
        let message = "accounts are deactivated here, never removed for good: leave out `permanent`";
        // Not 401 as in Mattermost, by which clients believe that their session ended.
        return Err(Problem::new(StatusCode::FORBIDDEN, Code::RequestInvalidParameter, id, message));
    }
    app.access.deactivate(&admin, &user).await?;
    Ok(ok())
}

/// `PUT /users/{user_id}/roles`.
pub(in crate::http) async fn set_roles(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: Admin,
    json::Json(body): json::Json<UpdateUserRoles>,
) -> Result<Json<Done>, Problem> {
    app.access.set_roles(&admin, &user, &body.roles).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/demote`: makes a member a guest.
pub(in crate::http) async fn demote(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: Admin,
) -> Result<Json<Done>, Problem> {
    app.access.set_guest(&admin, &user, true).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/promote`: makes a guest a member.
pub(in crate::http) async fn promote(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: Admin,
) -> Result<Json<Done>, Problem> {
    app.access.set_guest(&admin, &user, false).await?;
    Ok(ok())
}
