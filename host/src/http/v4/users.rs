//! Accounts: create, and get one.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::{AccessError, InvitationKey, NewAccount, ProfileChange, VisibleUser};
use crate::app::App;
use crate::http::auth::{NamedUser, Session};
use crate::http::client_address::ClientAddress;
use crate::http::json;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::TimeZone;
use crate::model::wire::UserResponse;
use crate::secret::Secret;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct CreateUser {
    /// An account gets its id from the server. A body with one is that of an account that exists.
    id: String,
    username: String,
    email: String,
    password: String,
    nickname: String,
    first_name: String,
    last_name: String,
    locale: String,
    position: Option<String>,
    props: Option<Map<String, Value>>,
    notify_props: Option<Map<String, Value>>,
    timezone: Option<TimeZone>,
    /// Only administrators decide this.
    email_verified: bool,
}

impl From<VisibleUser> for UserResponse {
    fn from(visible: VisibleUser) -> Self {
        match visible {
            VisibleUser::Whole(user) => Self::whole(user),
            VisibleUser::Public(user) => Self::public(user),
        }
    }
}

/// `POST /users`: the first account becomes the system administrator. `?t=` is the token of a single invitation, or for
/// the first account the setup token; `?iid=` a team's invitation link.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Option<Session>,
    from: ClientAddress,
    query: Query,
    json::Json(body): json::Json<CreateUser>,
) -> Result<(StatusCode, Json<UserResponse>), Problem> {
    if !body.id.is_empty() {
        return Err(AccessError::Existing.into());
    }
    let token = query.get("t").map(|token| InvitationKey::Token(Secret::new(token)));
    let invitation = token.or_else(|| query.get("iid").map(InvitationKey::Link));
    let account = NewAccount {
        username: body.username,
        email: body.email,
        password: body.password,
        nickname: body.nickname,
        first_name: body.first_name,
        last_name: body.last_name,
        locale: body.locale,
        profile: ProfileChange {
            position: body.position,
            props: body.props,
            notify_props: body.notify_props,
            timezone: body.timezone,
            email_verified: body.email_verified.then_some(true),
            ..ProfileChange::default()
        },
    };
    let is_invited = invitation.is_some();
    let user =
        app.access.sign_up(account, session.as_ref().map(Session::user), invitation, from.is_local).await?;
    if is_invited {
        app.chat.announce_sign_up(&user).await?;
    }
    Ok((StatusCode::CREATED, Json(UserResponse::whole(user))))
}

/// `GET /users/{user_id}`, also `me`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
) -> Result<Json<UserResponse>, Problem> {
    Ok(Json(app.access.visible_user(session.user(), &user).await?.into()))
}

/// `GET /users/username/{name}`.
pub(in crate::http) async fn by_username(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
) -> Result<Json<UserResponse>, Problem> {
    Ok(Json(app.access.visible_user_by_username(session.user(), &name.to_lowercase()).await?.into()))
}

/// `GET /users/email/{email}`.
pub(in crate::http) async fn by_email(
    State(app): State<App>,
    session: Session,
    Path(email): Path<String>,
) -> Result<Json<UserResponse>, Problem> {
    if !email.contains('@') {
        return Err(Problem::parameter("email", "it must be an address such as name@example.org"));
    }
    Ok(Json(app.access.visible_user_by_email(session.user(), &email.to_lowercase()).await?.into()))
}
