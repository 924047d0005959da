//! What belongs to a post besides its content: where it is, its earlier texts, reminders of it.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::access::AccountAccess;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{Done, ok};
use crate::model::wire::PostInfoResponse;
use crate::model::{LIST_BYTES, PostId, Timestamp};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreateReminder {
    /// Unix seconds. A moment in the past is due at once.
    target_time: i64,
}

/// `GET /posts/{post_id}/info`.
pub(in crate::http) async fn info(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
) -> Result<Json<PostInfoResponse>, Problem> {
    Ok(Json(app.chat.post_info(session.user(), &post).await?))
}

/// `GET /posts/{post_id}/edit_history`: the earlier texts, the latest first, for the author alone.
pub(in crate::http) async fn history(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
) -> Result<Response, Problem> {
    let room = ListRoom::reserve(&app).await?;
    let versions = app.chat.history(session.user(), &post).await?;
    room.respond(&versions, LIST_BYTES)
}

/// `POST /users/{user_id}/posts/{post_id}/reminder`.
pub(in crate::http) async fn remind(
    State(app): State<App>,
    account: AccountAccess,
    PathId(post): PathId<PostId>,
    body::Json(reminder): body::Json<CreateReminder>,
) -> Result<Json<Done>, Problem> {
    let at = Timestamp::from_millis(reminder.target_time.saturating_mul(1000));
    app.chat.remind_later(&account, &post, at).await?;
    Ok(ok())
}
