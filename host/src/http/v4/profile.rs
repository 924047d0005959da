//! One account: profile, activity, roles, password.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ok;
use super::users::shown;
use crate::access::ProfileChange;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::problem::Problem;

/// What a profile may have; what is absent or null asks nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Asked {
    id: Option<String>,
    username: Option<String>,
    email: Option<String>,
    nickname: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    position: Option<String>,
    locale: Option<String>,
    props: Option<Map<String, Value>>,
    notify_props: Option<Map<String, Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Activity {
    active: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Roles {
    roles: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Passwords {
    current_password: String,
    new_password: String,
}

impl From<Asked> for ProfileChange {
    fn from(asked: Asked) -> Self {
        Self {
            username: asked.username,
            email: asked.email,
            nickname: asked.nickname,
            first_name: asked.first_name,
            last_name: asked.last_name,
            position: asked.position,
            locale: asked.locale,
            props: asked.props,
            notify_props: asked.notify_props,
        }
    }
}

/// `PUT /users/{user_id}`: the whole profile. Names that are absent become empty; the rest stays.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    json::Json(asked): json::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    if asked.id.as_deref() != Some(id.as_str()) {
        return Err(Problem::body("id", "`id` must be the id in the address"));
    }
    let mut change = ProfileChange::from(asked);
    for name in [&mut change.nickname, &mut change.first_name, &mut change.last_name, &mut change.position] {
        name.get_or_insert_default();
    }
    let user = app.access.update_profile(session.user(), &id, change).await?;
    Ok(Json(shown(session.user(), &user)))
}

/// `PUT /users/{user_id}/patch`: only what is given.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    json::Json(asked): json::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    let user = app.access.update_profile(session.user(), &id, asked.into()).await?;
    Ok(Json(shown(session.user(), &user)))
}

/// `PUT /users/{user_id}/active`.
pub(in crate::http) async fn set_active(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    json::Json(asked): json::Json<Activity>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    let active = asked.active.ok_or_else(|| Problem::body("active", "`active` must be true or false"))?;
    app.access.set_active(session.user(), &id, active).await?;
    Ok(ok())
}

/// `DELETE /users/{user_id}`: deactivates.
pub(in crate::http) async fn deactivate(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    app.access.set_active(session.user(), &id, false).await?;
    Ok(ok())
}

/// `PUT /users/{user_id}/roles`.
pub(in crate::http) async fn set_roles(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    json::Json(asked): json::Json<Roles>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    app.access.set_roles(session.user(), &id, &asked.roles).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/demote`: to a guest.
pub(in crate::http) async fn demote(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    app.access.set_guest(session.user(), &id, true).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/promote`: from a guest to a member.
pub(in crate::http) async fn promote(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    app.access.set_guest(session.user(), &id, false).await?;
    Ok(ok())
}

/// `PUT /users/{user_id}/password`.
pub(in crate::http) async fn set_password(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    json::Json(asked): json::Json<Passwords>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    app.access.change_password(&session.0, &id, asked.current_password, asked.new_password).await?;
    Ok(ok())
}
