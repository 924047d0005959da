//! Reactions: add, remove, and those of one post or of many.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::posts::post_ids;
use super::{Done, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::wire::ReactionResponse;
use crate::model::{ChannelId, MAX_EMOJI_NAME, PostId, Reaction};

/// The ids of a reaction that lacks something, and of one whose emoji has an impossible name.
const INVALID: &str = "api.reaction.save_reaction.invalid.app_error";
const INVALID_EMOJI: &str = "model.reaction.is_valid.emoji_name.app_error";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreateReaction {
    user_id: String,
    post_id: String,
    emoji_name: String,
}

/// `POST /reactions`.
pub(in crate::http) async fn add(
    State(app): State<App>,
    session: Session,
    body::Json(new): body::Json<CreateReaction>,
) -> Result<Json<ReactionResponse>, Problem> {
    let CreateReaction { user_id, post_id, emoji_name } = new;
    let caller = body::id("user_id", &user_id).map_err(|problem| problem.called(INVALID))?;
    let post = body::id("post_id", &post_id).map_err(|problem| problem.called(INVALID))?;
    let id = if (1..=MAX_EMOJI_NAME).contains(&emoji_name.len()) { INVALID_EMOJI } else { INVALID };
    let emoji = emoji_name.parse();
    let emoji = emoji.map_err(|error| Problem::body("emoji_name", format!("{error}")).called(id))?;
    let (reaction, post) = app.chat.react(session.user(), &caller, &post, emoji).await?;
    Ok(Json(ReactionResponse::new(reaction, &post.channel_id)))
}

/// `DELETE /users/{user_id}/posts/{post_id}/reactions/{emoji_name}`.
pub(in crate::http) async fn remove(
    State(app): State<App>,
    account: AccountAccess,
    Path((_, _, emoji)): Path<(String, String, String)>,
    PathId(post): PathId<PostId>,
) -> Result<Json<Done>, Problem> {
    // A name that no emoji can have is not part of an address.
    let emoji = emoji.parse().map_err(|_| Problem::no_such_address(&emoji))?;
    app.chat.unreact(&account, &post, emoji).await?;
    Ok(ok())
}

/// `GET /posts/{post_id}/reactions`.
pub(in crate::http) async fn of_post(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
) -> Result<Json<Vec<ReactionResponse>>, Problem> {
    let mut found = app.chat.reactions(session.user(), &[post]).await?;
    let reactions = found.pop().map(|(_, channel, reactions)| responses(reactions, &channel));
    Ok(Json(reactions.unwrap_or_default()))
}

/// `POST /posts/ids/reactions`: returns reactions by post, if the caller may read all of the posts.
pub(in crate::http) async fn of_posts(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Json<BTreeMap<PostId, Vec<ReactionResponse>>>, Problem> {
    let found = app.chat.reactions(session.user(), &post_ids(&ids)?).await?;
    let by_post = found.into_iter().map(|(post, channel, reactions)| (post, responses(reactions, &channel)));
    Ok(Json(by_post.collect()))
}

fn responses(reactions: Vec<Reaction>, channel: &ChannelId) -> Vec<ReactionResponse> {
    reactions.into_iter().map(|reaction| ReactionResponse::new(reaction, channel)).collect()
}
