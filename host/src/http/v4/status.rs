//! Statuses: who is online.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Done, list, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::chat::NewStatus;
use crate::http::auth::{NamedUser, Session};
use crate::http::json as body;
use crate::http::problem::Problem;
use crate::model::{Presence, Status, Timestamp, UserId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateStatus {
    user_id: String,
    status: String,
    /// Unix seconds.
    dnd_end_time: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Typing {
    channel_id: String,
    parent_id: String,
}

#[derive(Serialize)]
pub(in crate::http) struct StatusResponse {
    user_id: UserId,
    status: Presence,
    manual: bool,
    last_activity_at: Timestamp,
    /// Unix seconds, unlike all other times on the wire.
    dnd_end_time: i64,
}

impl From<Status> for StatusResponse {
    fn from(status: Status) -> Self {
        Self {
            user_id: status.user_id,
            status: status.presence,
            manual: status.manual,
            last_activity_at: status.last_activity_at,
            dnd_end_time: status.dnd_end_at.as_millis() / 1000,
        }
    }
}

/// `GET /users/{user_id}/status`. An account that does not exist, or that the caller may not see, is offline.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
) -> Result<Json<StatusResponse>, Problem> {
    let status = app.chat.statuses(session.user(), std::slice::from_ref(&user)).await?.pop();
    Ok(Json(status.unwrap_or_else(|| Status::offline(user)).into()))
}

/// `POST /users/status/ids`: returns the statuses of a list of accounts, in its order.
pub(in crate::http) async fn of_ids(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Json<Vec<StatusResponse>>, Problem> {
    if ids.is_empty() {
        return Err(Problem::body("user_ids", "send a list of account ids"));
    }
    let users: Vec<UserId> = ids.iter().map(|id| body::id("user_ids", id)).collect::<Result<_, _>>()?;
    Ok(list(app.chat.statuses(session.user(), &users).await?))
}

/// `POST /users/{user_id}/typing`: says that the user writes in a channel, as the socket's action does.
pub(in crate::http) async fn type_in(
    State(app): State<App>,
    account: AccountAccess,
    body::Json(typing): body::Json<Typing>,
) -> Result<Json<Done>, Problem> {
    app.chat.type_as(&account, &typing.channel_id, &typing.parent_id).await?;
    Ok(ok())
}

/// `PUT /users/{user_id}/status`.
pub(in crate::http) async fn choose(
    State(app): State<App>,
    account: AccountAccess,
    body::Json(new): body::Json<UpdateStatus>,
) -> Result<Json<StatusResponse>, Problem> {
    if body::id::<UserId>("user_id", &new.user_id)? != *account.id() {
        return Err(Problem::body("user_id", "`user_id` must be the account in the address"));
    }
    let presence = serde_json::from_value(Value::String(new.status)).map_err(|_| {
        Problem::body("status", "`status` must be one of `online`, `away`, `dnd` and `offline`")
    })?;
    let dnd_end_at = match presence {
        Presence::Dnd => Timestamp::from_millis(new.dnd_end_time.saturating_mul(1000)),
        // Clients keep sending the end of the previous "do not disturb", so it is ignored for other statuses.
        _ => Timestamp::NEVER,
    };
    Ok(Json(app.chat.choose_status(&account, NewStatus { presence, dnd_end_at }).await?.into()))
}
