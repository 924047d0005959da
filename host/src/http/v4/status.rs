//! Statuses: who is there.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value;

use super::list;
use crate::app::App;
use crate::chat::NewStatus;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::problem::Problem;
use crate::model::{Presence, Status, Timestamp, UserId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    user_id: String,
    status: String,
    /// Unix seconds.
    dnd_end_time: i64,
}

/// `GET /users/{user_id}/status`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.status(&session.user_in_path(&user)?).await?.wire()))
}

/// `POST /users/status/ids`: of a list of accounts, in its order.
pub(in crate::http) async fn of_ids(
    State(app): State<App>,
    _: Session,
    body::List(ids): body::List<String>,
) -> Result<Json<Value>, Problem> {
    if ids.is_empty() {
        return Err(Problem::body("user_ids", "send a list of account ids"));
    }
    let users: Vec<UserId> = ids.iter().map(|id| body::id("user_ids", id)).collect::<Result<_, _>>()?;
    Ok(list(&app.chat.statuses(&users).await?, Status::wire))
}

/// `PUT /users/{user_id}/status`.
pub(in crate::http) async fn choose(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    body::Json(asked): body::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    if body::optional_id::<UserId>("user_id", &asked.user_id)?.is_some_and(|named| named != user) {
        return Err(Problem::body("user_id", "`user_id` must be the account in the address"));
    }
    let presence = serde_json::from_value(Value::String(asked.status)).map_err(|_| {
        Problem::body("status", "`status` must be one of `online`, `away`, `dnd` and `offline`")
    })?;
    let dnd_end_at = match presence {
        Presence::Dnd => Timestamp::from_millis(asked.dnd_end_time.saturating_mul(1000)),
        // Clients still send the end of the last "do not disturb".
        _ => Timestamp::NEVER,
    };
    let chosen = app.chat.choose_status(session.user(), &user, NewStatus { presence, dnd_end_at }).await?;
    Ok(Json(chosen.wire()))
}
