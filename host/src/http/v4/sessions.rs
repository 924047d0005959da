//! Somebody's sign-ins: list, end.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{list as list_of, ok};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::problem::Problem;
use crate::model::{LiveSession, User};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Chosen {
    session_id: String,
}

/// `GET /users/{user_id}/sessions`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    let (user, sessions) = app.access.sessions(session.user(), &id).await?;
    Ok(list_of(&sessions, |session| wire(&user, session)))
}

/// `POST /users/{user_id}/sessions/revoke`.
pub(in crate::http) async fn revoke(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    json::Json(chosen): json::Json<Chosen>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    let only = json::id("session_id", &chosen.session_id)?;
    app.access.end_sessions(session.user(), &id, Some(&only)).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/sessions/revoke/all`.
pub(in crate::http) async fn revoke_all(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = session.user_in_path(&user)?;
    app.access.end_sessions(session.user(), &id, None).await?;
    Ok(ok())
}

/// Without its token, which only the sign-in ever shows.
fn wire(user: &User, live: &LiveSession) -> Value {
    let session = &live.session;
    json!({
        "id": session.id, "token": "", "create_at": session.create_at, "expires_at": session.expires_at,
        "last_activity_at": live.last_activity_at, "user_id": session.user_id, "device_id": "",
        "roles": user.roles, "is_oauth": false, "expired_notify": false, "props": {}, "team_members": [],
        "local": false,
    })
}
