//! An account's sign-ins: list, end.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Done, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::http::json;
use crate::http::problem::Problem;
use crate::model::{LiveSession, SessionId, Timestamp, User, UserId};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct RevokeSession {
    session_id: String,
}

#[derive(Serialize)]
pub(in crate::http) struct SessionResponse {
    id: SessionId,
    /// Always empty, because only the sign-in returns the token.
    token: &'static str,
    create_at: Timestamp,
    expires_at: Timestamp,
    last_activity_at: Timestamp,
    user_id: UserId,
    device_id: &'static str,
    roles: String,
    is_oauth: bool,
    expired_notify: bool,
    props: Map<String, Value>,
    team_members: [&'static str; 0],
    local: bool,
}

impl SessionResponse {
    fn new(user: &User, live: LiveSession) -> Self {
        let session = live.session;
        Self {
            id: session.id,
            token: "",
            create_at: session.create_at,
            expires_at: session.expires_at,
            last_activity_at: live.last_activity_at,
            user_id: session.user_id,
            device_id: "",
            roles: user.roles.clone(),
            is_oauth: false,
            expired_notify: false,
            props: Map::new(),
            team_members: [],
            local: false,
        }
    }
}

/// `GET /users/{user_id}/sessions`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Json<Vec<SessionResponse>>, Problem> {
    let (user, sessions) = app.access.sessions(&account).await?;
    Ok(Json(sessions.into_iter().map(|live| SessionResponse::new(&user, live)).collect()))
}

/// `POST /users/{user_id}/sessions/revoke`.
pub(in crate::http) async fn revoke(
    State(app): State<App>,
    account: AccountAccess,
    json::Json(body): json::Json<RevokeSession>,
) -> Result<Json<Done>, Problem> {
    let only = json::id("session_id", &body.session_id)?;
    app.access.end_sessions(&account, Some(&only)).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/sessions/revoke/all`.
pub(in crate::http) async fn revoke_all(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Json<Done>, Problem> {
    app.access.end_sessions(&account, None).await?;
    Ok(ok())
}
