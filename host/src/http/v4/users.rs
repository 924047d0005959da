//! Accounts: create and get.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::access::NewAccount;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json::{self, nullable};
use crate::http::problem::Problem;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct NewUser {
    #[serde(deserialize_with = "nullable")]
    username: String,
    #[serde(deserialize_with = "nullable")]
    email: String,
    #[serde(deserialize_with = "nullable")]
    password: String,
    #[serde(deserialize_with = "nullable")]
    nickname: String,
    #[serde(deserialize_with = "nullable")]
    first_name: String,
    #[serde(deserialize_with = "nullable")]
    last_name: String,
    #[serde(deserialize_with = "nullable")]
    locale: String,
}

/// `POST /users`: the first account becomes system administrator.
pub(in crate::http) async fn create(
    State(app): State<App>,
    by: Option<Session>,
    json::Json(new): json::Json<NewUser>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let account = NewAccount {
        username: new.username,
        email: new.email,
        password: new.password,
        nickname: new.nickname,
        first_name: new.first_name,
        last_name: new.last_name,
        locale: new.locale,
    };
    let user = app.access.sign_up(account, by.as_ref().map(Session::user)).await?;
    Ok((StatusCode::CREATED, Json(user.wire())))
}

/// `GET /users/{user_id}`, also `me`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    Ok(Json(app.access.user(&id).await?.wire()))
}

/// `GET /users/username/{name}`.
pub(in crate::http) async fn by_username(
    State(app): State<App>,
    _: Session,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.access.user_by_username(&name.to_lowercase()).await?.wire()))
}
