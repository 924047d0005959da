//! `GET /users/{user_id}/posts/flagged`: what somebody saved for later.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::post_list;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::page::Page;
use crate::http::params::Query;
use crate::http::problem::Problem;

/// A page, newest first; with `channel_id` or `team_id` of one channel, or of one team and of no team.
pub(in crate::http) async fn flagged(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    query: Query,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let (channel, team) = (query.id("channel_id")?, query.id("team_id")?);
    let place = (page.offset, page.limit);
    let posts = app.chat.flagged(session.user(), &user, channel.as_ref(), team.as_ref(), place).await?;
    post_list(&app, posts, json!({})).await
}
