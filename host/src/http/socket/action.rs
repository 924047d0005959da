//! The actions a client may ask for on its socket.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::request::{self, Request};
use super::watch;
use crate::access::rules;
use crate::app::App;
use crate::bus::Subscription;
use crate::http::envelope::COMPATIBLE_VERSION;
use crate::http::json::id;
use crate::http::problem::Problem;
use crate::model::{ChannelId, PostId, Status, User, UserId};

/// Accounts one request may ask the statuses of.
const MOST_STATUSES: usize = 200;

/// The reply to one request.
pub(super) async fn answer(request: &Request, user: &User, events: &Subscription, app: &App) -> String {
    if let Some(misnumbered) = request.misnumbered() {
        return misnumbered;
    }
    let done = match request.action.as_str() {
        "ping" => Ok(Some(pong(app))),
        "user_typing" => typing(request, user, app).await.map(|()| None),
        "user_update_active_status" => active(request, user, app).await.map(|()| None),
        "get_statuses" => present(user, app).await.map(Some),
        "get_statuses_by_ids" => statuses(request, app).await.map(Some),
        "jackfield_watch" => watch::begin(request, events, app).await.map(|()| None),
        "jackfield_unwatch" => watch::end(request, events).map(|()| None),
        "jackfield_notice_ack" => watch::acknowledge(request, user, app).await.map(Some),
        // Signed in already: saying so again is harmless. What a client looks at, and that it was notified, is told
        // for statistics and for choosing notifications, neither of which there are here.
        "authentication_challenge" | "presence" | "posted_notify_ack" => Ok(None),
        _ => {
            return request.fail(
                500,
                "api.web_socket_router.bad_action.app_error",
                "there is no such action",
            );
        }
    };
    match done {
        Ok(data) => request::ok(request.seq, data),
        Err(problem) => request.refuse(&problem),
    }
}

fn pong(app: &App) -> Value {
    json!({"text": "pong", "version": COMPATIBLE_VERSION, "server_time": app.clock.now(), "node_id": ""})
}

async fn typing(request: &Request, user: &User, app: &App) -> Result<(), Problem> {
    let text = |name: &str| request.data.get(name).and_then(Value::as_str).unwrap_or_default();
    let channel: ChannelId = id("channel_id", text("channel_id"))?;
    let parent: Option<PostId> = match text("parent_id") {
        "" => None,
        parent => Some(id("parent_id", parent)?),
    };
    Ok(app.chat.type_in(user, &channel, parent.as_ref()).await?)
}

/// Whether the user is active at this client; `manual` when the user chose it, not the client.
async fn active(request: &Request, user: &User, app: &App) -> Result<(), Problem> {
    let wrong = || Problem::body("user_is_active", "`user_is_active` must be true or false");
    let active = request.data.get("user_is_active").and_then(Value::as_bool).ok_or_else(wrong)?;
    let manual = request.data.get("manual").and_then(Value::as_bool).unwrap_or_default();
    Ok(app.chat.client_activity(user, active, manual).await?)
}

/// Who is there, as far as the asker may see them.
async fn present(user: &User, app: &App) -> Result<Value, Problem> {
    let mut there = app.chat.statuses_of_present().await?;
    if rules::accounts::is_guest(user) {
        let known: HashSet<UserId> = app.access.known_users(user).await?.into_iter().collect();
        there.retain(|status| status.user_id == user.id || known.contains(&status.user_id));
    }
    Ok(by_user(there))
}

async fn statuses(request: &Request, app: &App) -> Result<Value, Problem> {
    Ok(by_user(app.chat.statuses(&asked_for(request)?).await?))
}

fn by_user(statuses: Vec<Status>) -> Value {
    let statuses = statuses.into_iter().map(|status| (status.user_id.to_string(), json!(status.presence)));
    Value::Object(statuses.collect::<Map<_, _>>())
}

fn asked_for(request: &Request) -> Result<Vec<UserId>, Problem> {
    let wrong = || {
        Problem::body(
            "user_ids",
            format!("`user_ids` must be a list of 1 to {MOST_STATUSES} ids of accounts"),
        )
    };
    let ids = request.data.get("user_ids").and_then(Value::as_array).ok_or_else(wrong)?;
    if ids.is_empty() || ids.len() > MOST_STATUSES {
        return Err(wrong());
    }
    ids.iter().map(|id| id.as_str().unwrap_or_default().parse().map_err(|_| wrong())).collect()
}
