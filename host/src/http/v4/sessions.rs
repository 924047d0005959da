//! An account's sign-ins: list, end.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{Done, ok};
use crate::access::{AccessError, AccountAccess, Admin};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::problem::Problem;
use crate::model::{Agent, LiveSession, SessionId, Timestamp, User, UserId, role};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct RevokeSession {
    session_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct AttachDevice {
    device_id: String,
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
    device_id: String,
    roles: String,
    is_oauth: bool,
    expired_notify: bool,
    props: SessionProps,
    team_members: [&'static str; 0],
    local: bool,
}

/// What the server knows of a session's client, as texts. The web app looks into them, so none may be missing.
#[derive(Serialize)]
struct SessionProps {
    platform: String,
    os: String,
    browser: String,
    csrf: String,
    #[serde(rename = "isMobile")]
    is_mobile: String,
    #[serde(rename = "isOAuthUser")]
    is_oauth_user: &'static str,
    #[serde(rename = "isSaml")]
    is_saml: &'static str,
    is_guest: String,
}

impl SessionResponse {
    fn new(user: &User, live: LiveSession) -> Self {
        let session = live.session;
        let Agent { platform, os, browser, is_mobile } = session.agent;
        let props = SessionProps {
            platform,
            os,
            browser,
            csrf: session.csrf,
            is_mobile: is_mobile.to_string(),
            is_oauth_user: "false",
            is_saml: "false",
            is_guest: user.has_role(role::SYSTEM_GUEST).to_string(),
        };
        Self {
            id: session.id,
            token: "",
            create_at: session.create_at,
            expires_at: session.expires_at,
            last_activity_at: live.last_activity_at,
            user_id: session.user_id,
            device_id: session.device_id,
            roles: user.roles.clone(),
            is_oauth: false,
            expired_notify: false,
            props,
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
    if body.session_id.is_empty() {
        return Err(Problem::body("session_id", "`session_id` must be the id of a session"));
    }
    // No session has an id of another form.
    let only = body.session_id.parse().map_err(|_| AccessError::NoSuchSession)?;
    app.access.end_sessions(&account, Some(&only)).await?;
    Ok(ok())
}

/// `PUT /users/sessions/device`: says which device the caller's session is of.
pub(in crate::http) async fn attach_device(
    State(app): State<App>,
    session: Session,
    json::Json(body): json::Json<AttachDevice>,
) -> Result<Json<Done>, Problem> {
    if body.device_id.is_empty() {
        return Err(Problem::body("device_id", "`device_id` must be the device's id"));
    }
    app.access.attach_device(session.principal(), &body.device_id).await?;
    Ok(ok())
}

/// `POST /users/sessions/revoke/all`: ends the sessions of all accounts.
pub(in crate::http) async fn revoke_everywhere(
    State(app): State<App>,
    admin: Admin,
) -> Result<Json<Done>, Problem> {
    app.access.end_all_sessions(&admin).await?;
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
