//! The actions that a client may request on its socket.

use serde_json::{Map, Value, json};

use super::request::{self, SocketRequest};
use super::watch;
use crate::app::App;
use crate::bus::Subscription;
use crate::chat::ChatError;
use crate::http::problem::Problem;
use crate::http::response_headers::COMPATIBLE_VERSION;
use crate::model::{ChannelId, PostId, Status, User, UserId};

/// How many users' statuses one request may name.
const MAX_STATUSES: usize = 200;

/// The reply to one request.
pub(super) async fn answer(request: &SocketRequest, user: &User, events: &Subscription, app: &App) -> String {
    if let Some(reply) = request.check_seq() {
        return reply;
    }
    let outcome = match request.action.as_str() {
        "" => {
            return request.fail(400, "api.web_socket_router.no_action.app_error", "`action` is missing");
        }
        "ping" => Ok(Some(pong(app))),
        "user_typing" => typing(request, user, app).await.map(|()| None),
        "user_update_active_status" => set_active(request, user, app).await.map(|()| None),
        "get_statuses" => online(user, app).await.map(Some),
        "get_statuses_by_ids" => statuses(request, user, app).await.map(Some),
        "jackfield_watch" => watch::begin(request, events, app).await.map(|()| None),
        "jackfield_unwatch" => watch::end(request, events).map(|()| None),
        "jackfield_notice_ack" => watch::acknowledge(request, user, app).await.map(Some),
        // These need no action: the client is already signed in, and the displayed channel and shown notifications only
        // matter to statistics and push notifications, which this server does not have.
        "authentication_challenge" | "presence" | "posted_notify_ack" => Ok(None),
        _ => {
            return request.fail(
                500,
                "api.web_socket_router.bad_action.app_error",
                "there is no such action; use one that the WebSocket protocol lists",
            );
        }
    };
    match outcome {
        Ok(data) => request::ok(request.seq, data),
        Err(problem) => request.refuse(&problem),
    }
}

fn pong(app: &App) -> Value {
    json!({"text": "pong", "version": COMPATIBLE_VERSION, "server_time": app.clock.now(), "node_id": ""})
}

async fn typing(request: &SocketRequest, user: &User, app: &App) -> Result<(), Problem> {
    let text = |name: &str| request.data.get(name).and_then(Value::as_str).unwrap_or_default();
    let channel: ChannelId = text("channel_id")
        .parse()
        .map_err(|_| Problem::action_parameter("channel_id", "`channel_id` must be the id of a channel"))?;
    let parent: Option<PostId> = match text("parent_id") {
        "" => None,
        parent => {
            let parent = parent.parse();
            Some(parent.map_err(|_| {
                Problem::action_parameter("parent_id", "`parent_id` must be empty or the id of a post")
            })?)
        }
    };
    app.chat.type_in(user, &channel, parent.as_ref()).await.map_err(|error| match error {
        // Clients of v4 know one error for a channel that is unknown and for one that the user may not post in.
        ChatError::NotFound(_) | ChatError::Access(_) => {
            Problem::action_parameter("channel_id", &error.to_string())
        }
        error => error.into(),
    })
}

/// Sets whether the user is active at this client. `manual` means that the user chose it, not the client.
async fn set_active(request: &SocketRequest, user: &User, app: &App) -> Result<(), Problem> {
    let wrong = || Problem::action_parameter("user_is_active", "`user_is_active` must be true or false");
    let active = request.data.get("user_is_active").and_then(Value::as_bool).ok_or_else(wrong)?;
    let manual = request.data.get("manual").and_then(Value::as_bool).unwrap_or_default();
    Ok(app.chat.client_activity(user, active, manual).await?)
}

/// Returns the statuses of the online users whom the caller may see.
async fn online(user: &User, app: &App) -> Result<Value, Problem> {
    Ok(by_user(app.chat.statuses_of_present(user).await?))
}

async fn statuses(request: &SocketRequest, user: &User, app: &App) -> Result<Value, Problem> {
    Ok(by_user(app.chat.statuses(user, &user_ids(request)?).await?))
}

fn by_user(statuses: Vec<Status>) -> Value {
    let statuses = statuses.into_iter().map(|status| (status.user_id.to_string(), json!(status.presence)));
    Value::Object(statuses.collect::<Map<_, _>>())
}

fn user_ids(request: &SocketRequest) -> Result<Vec<UserId>, Problem> {
    let wrong = || {
        Problem::action_parameter(
            "user_ids",
            &format!("`user_ids` must be a list of 1 to {MAX_STATUSES} ids of accounts"),
        )
    };
    let ids = request.data.get("user_ids").and_then(Value::as_array).ok_or_else(wrong)?;
    if ids.is_empty() || ids.len() > MAX_STATUSES {
        return Err(wrong());
    }
    ids.iter().map(|id| id.as_str().unwrap_or_default().parse().map_err(|_| wrong())).collect()
}
