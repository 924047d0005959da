//! Drafts: what a user has written and not posted.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Done, ok};
use crate::access::{AccountAccess, TeamAccess};
use crate::app::App;
use crate::chat::{ChatError, NewDraft};
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::wire::DraftResponse;
use crate::model::{ChannelId, LIST_BYTES, PostId};

/// The header in which a client names the connection that needs no event about its own change.
const CONNECTION: &str = "connection-id";

/// The longest name of a connection, in bytes. A longer one counts as absent.
const MAX_CONNECTION: usize = 64;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SaveDraft {
    channel_id: String,
    root_id: String,
    message: String,
    props: Map<String, Value>,
    file_ids: Vec<String>,
    priority: Map<String, Value>,
}

/// `POST /drafts`: saves the caller's draft for a channel, or for a thread in it.
pub(in crate::http) async fn save(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    body::Json(new): body::Json<SaveDraft>,
) -> Result<(StatusCode, Json<DraftResponse>), Problem> {
    let new = NewDraft {
        channel_id: new.channel_id.parse().map_err(|_| ChatError::unknown_channel())?,
        root_id: body::optional_id("root_id", &new.root_id)?,
        message: new.message,
        props: new.props,
        file_ids: new.file_ids.iter().filter_map(|id| id.parse().ok()).collect(),
        priority: new.priority,
    };
    let draft = app.chat.save_draft(session.user(), new, connection(&headers)).await?;
    Ok((StatusCode::CREATED, Json(draft)))
}

/// `GET /users/{user_id}/teams/{team_id}/drafts`: always the caller's own.
pub(in crate::http) async fn list(
    State(app): State<App>,
    _: AccountAccess,
    team: TeamAccess,
) -> Result<Response, Problem> {
    let room = ListRoom::reserve(&app).await?;
    let drafts = app.chat.drafts(&team).await?;
    room.respond(&drafts, LIST_BYTES)
}

/// `DELETE /users/{user_id}/channels/{channel_id}/drafts`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    account: AccountAccess,
    PathId(channel): PathId<ChannelId>,
    headers: HeaderMap,
) -> Result<Json<Done>, Problem> {
    app.chat.delete_draft(&account, &channel, None, connection(&headers)).await?;
    Ok(ok())
}

/// `DELETE /users/{user_id}/channels/{channel_id}/drafts/{root_id}`: the draft of a thread.
pub(in crate::http) async fn delete_in_thread(
    State(app): State<App>,
    account: AccountAccess,
    PathId(channel): PathId<ChannelId>,
    PathId(root): PathId<PostId>,
    headers: HeaderMap,
) -> Result<Json<Done>, Problem> {
    app.chat.delete_draft(&account, &channel, Some(&root), connection(&headers)).await?;
    Ok(ok())
}

fn connection(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(CONNECTION)?.to_str().ok()?;
    (!name.is_empty() && name.len() <= MAX_CONNECTION).then(|| name.to_owned())
}
