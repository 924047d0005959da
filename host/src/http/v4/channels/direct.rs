//! Channels outside teams: between two users, or a few.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::problem::Problem;
use crate::model::UserId;
use crate::model::wire::ChannelResponse;

/// `POST /channels/direct`: the body is a list of two ids.
pub(in crate::http) async fn direct(
    State(app): State<App>,
    session: Session,
    json::List(ids): json::List<String>,
) -> Result<(StatusCode, Json<ChannelResponse>), Problem> {
    let [one, other] = ids.as_slice() else {
        return Err(Problem::body(
            "user_ids",
            "the body must be a list of two ids, such as `[\"one\", \"other\"]`",
        ));
    };
    let pair = [json::id("user_ids", one)?, json::id("user_ids", other)?];
    let channel = app.chat.open_direct(session.user(), &pair).await?;
    Ok((StatusCode::CREATED, Json(channel.into())))
}

/// `POST /channels/group`: the body is a list of a few ids.
pub(in crate::http) async fn group(
    State(app): State<App>,
    session: Session,
    json::List(ids): json::List<String>,
) -> Result<(StatusCode, Json<ChannelResponse>), Problem> {
    let users: Vec<UserId> = ids.iter().map(|id| json::id("user_ids", id)).collect::<Result<_, _>>()?;
    let channel = app.chat.open_group(session.user(), &users).await?;
    Ok((StatusCode::CREATED, Json(channel.into())))
}
