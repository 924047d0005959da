//! Posts that exist: update, patch, delete, pin.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::app::App;
use crate::chat::PostChange;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::v4::ok;

/// What is absent, or null, stays as it is. `has_reactions` follows from the reactions: what a client sends is ignored.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Changed {
    id: String,
    message: Option<String>,
    props: Option<Map<String, Value>>,
    is_pinned: Option<bool>,
}

/// `PUT /posts/{post_id}`.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
    body::Json(changed): body::Json<Changed>,
) -> Result<Json<Value>, Problem> {
    let id = params::id("post_id", &post)?;
    if changed.id != post {
        return Err(Problem::body("id", "`id` must be the post's id, as in the address"));
    }
    Ok(Json(app.chat.edit(session.user(), &id, changed.into()).await?))
}

/// `PUT /posts/{post_id}/patch`.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
    body::Json(changed): body::Json<Changed>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.edit(session.user(), &params::id("post_id", &post)?, changed.into()).await?))
}

/// `DELETE /posts/{post_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
) -> Result<Json<Value>, Problem> {
    app.chat.delete(session.user(), &params::id("post_id", &post)?).await?;
    Ok(ok())
}

/// `POST /posts/{post_id}/pin`.
pub(in crate::http) async fn pin(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
) -> Result<Json<Value>, Problem> {
    app.chat.pin(session.user(), &params::id("post_id", &post)?, true).await?;
    Ok(ok())
}

/// `POST /posts/{post_id}/unpin`.
pub(in crate::http) async fn unpin(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
) -> Result<Json<Value>, Problem> {
    app.chat.pin(session.user(), &params::id("post_id", &post)?, false).await?;
    Ok(ok())
}

impl From<Changed> for PostChange {
    fn from(changed: Changed) -> Self {
        Self { message: changed.message, props: changed.props, is_pinned: changed.is_pinned }
    }
}
