//! Accounts: create and get, one or many.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::access::{Invited, NewAccount, rules};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::User;
use crate::secret::Secret;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct NewUser {
    username: String,
    email: String,
    password: String,
    nickname: String,
    first_name: String,
    last_name: String,
    locale: String,
}

/// `POST /users`: the first account becomes system administrator. `?t=` and `?iid=` are invitations.
pub(in crate::http) async fn create(
    State(app): State<App>,
    by: Option<Session>,
    query: Query,
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
    let user = app.access.sign_up(account, by.as_ref().map(Session::user), invited(&query)).await?;
    Ok((StatusCode::CREATED, Json(user.wire_for_others())))
}

/// `GET /users/{user_id}`, also `me`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    let user = app.access.visible_user(session.user(), &id).await?;
    Ok(Json(shown(session.user(), &user)))
}

/// `GET /users/username/{name}`.
pub(in crate::http) async fn by_username(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user = app.access.visible_user_by_username(session.user(), &name.to_lowercase()).await?;
    Ok(Json(shown(session.user(), &user)))
}

/// `GET /users/email/{email}`.
pub(in crate::http) async fn by_email(
    State(app): State<App>,
    session: Session,
    Path(email): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user = app.access.visible_user_by_email(session.user(), &email.to_lowercase()).await?;
    Ok(Json(shown(session.user(), &user)))
}

/// An account as somebody sees it.
pub(super) fn shown(by: &User, user: &User) -> Value {
    if rules::accounts::sees_all_of(by, &user.id) { user.wire() } else { user.wire_for_others() }
}

/// What an invitation's address carries: a single one's token as `t`, or a team's link as `iid`.
fn invited(query: &Query) -> Option<Invited> {
    let token = query.get("t").map(|token| Invited::Token(Secret::new(token)));
    token.or_else(|| query.get("iid").map(Invited::Link))
}
