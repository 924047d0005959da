//! Changing posts: update, patch, delete, pin.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::app::App;
use crate::chat::PostChange;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{Done, ok};
use crate::model::PostId;
use crate::model::wire::PostResponse;

/// Absent and null fields stay unchanged. `has_reactions` follows from the reactions, so the client's value is ignored.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdatePost {
    id: String,
    message: Option<String>,
    props: Option<Map<String, Value>>,
    is_pinned: Option<bool>,
}

/// `PUT /posts/{post_id}`.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
    body::Json(change): body::Json<UpdatePost>,
) -> Result<Json<PostResponse>, Problem> {
    if change.id != post.as_str() {
        return Err(Problem::body("id", "`id` must be the post's id, as in the address"));
    }
    Ok(Json(app.chat.edit(session.user(), &post, change.into()).await?))
}

/// `PUT /posts/{post_id}/patch`.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
    body::Json(change): body::Json<UpdatePost>,
) -> Result<Json<PostResponse>, Problem> {
    Ok(Json(app.chat.edit(session.user(), &post, change.into()).await?))
}

/// `DELETE /posts/{post_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
) -> Result<Json<Done>, Problem> {
    app.chat.delete(session.user(), &post).await?;
    Ok(ok())
}

/// `POST /posts/{post_id}/pin`.
pub(in crate::http) async fn pin(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
) -> Result<Json<Done>, Problem> {
    app.chat.pin(session.user(), &post, true).await?;
    Ok(ok())
}

/// `POST /posts/{post_id}/unpin`.
pub(in crate::http) async fn unpin(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
) -> Result<Json<Done>, Problem> {
    app.chat.pin(session.user(), &post, false).await?;
    Ok(ok())
}

impl From<UpdatePost> for PostChange {
    fn from(change: UpdatePost) -> Self {
        Self { message: change.message, props: change.props, is_pinned: change.is_pinned }
    }
}
