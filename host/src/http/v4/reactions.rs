//! Reactions: add, remove, and those of one post or of many.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::posts::post_ids;
use super::{list, ok};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params;
use crate::http::problem::Problem;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    user_id: String,
    post_id: String,
    emoji_name: String,
}

/// `POST /reactions`.
pub(in crate::http) async fn add(
    State(app): State<App>,
    session: Session,
    body::Json(asked): body::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let by = body::id("user_id", &asked.user_id)?;
    let post = body::id("post_id", &asked.post_id)?;
    let emoji = asked.emoji_name.parse().map_err(|error| Problem::body("emoji_name", format!("{error}")))?;
    let (reaction, post) = app.chat.react(session.user(), &by, &post, emoji).await?;
    Ok(Json(reaction.wire(&post.channel_id)))
}

/// `DELETE /users/{user_id}/posts/{post_id}/reactions/{emoji_name}`.
pub(in crate::http) async fn remove(
    State(app): State<App>,
    session: Session,
    Path((user, post, emoji)): Path<(String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let by = session.user_in_path(&user)?;
    let emoji = emoji.parse().map_err(|error| Problem::parameter("emoji_name", format!("{error}")))?;
    app.chat.unreact(session.user(), &by, &params::id("post_id", &post)?, emoji).await?;
    Ok(ok())
}

/// `GET /posts/{post_id}/reactions`.
pub(in crate::http) async fn of_post(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
) -> Result<Json<Value>, Problem> {
    let post = app.chat.readable_post(session.user(), &params::id("post_id", &post)?).await?;
    let found = app.chat.reactions(session.user(), &[post.id]).await?;
    let reactions = found.into_iter().next().map(|(_, reactions)| reactions).unwrap_or_default();
    Ok(list(&reactions, |reaction| reaction.wire(&post.channel_id)))
}

/// `POST /posts/ids/reactions`: by post; posts that may not be read are absent.
pub(in crate::http) async fn of_posts(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Json<Value>, Problem> {
    let found = app.chat.reactions(session.user(), &post_ids(&ids)?).await?;
    let by_post = found.into_iter().map(|(post, reactions)| {
        let Json(reactions) = list(&reactions, |reaction| reaction.wire(&post.channel_id));
        (post.id.to_string(), reactions)
    });
    Ok(Json(Value::Object(by_post.collect::<Map<String, Value>>())))
}
