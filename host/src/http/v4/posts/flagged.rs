//! `GET /users/{user_id}/posts/flagged`: what somebody saved for later.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};

use super::post_list;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::model::InvalidId;

/// A page, newest first; with `channel_id` or `team_id` of one channel, or of one team and of no team.
pub(in crate::http) async fn flagged(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    RawQuery(query): RawQuery,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let query = query.unwrap_or_default();
    let (channel, team) = (id(&query, "channel_id")?, id(&query, "team_id")?);
    let place = (page.offset, page.limit);
    let posts = app.chat.flagged(session.user(), &user, channel.as_ref(), team.as_ref(), place).await?;
    post_list(&app, posts, json!({})).await
}

fn id<T: std::str::FromStr<Err = InvalidId>>(query: &str, name: &str) -> Result<Option<T>, Problem> {
    let found =
        form_urlencoded::parse(query.as_bytes()).find(|(key, value)| key == name && !value.is_empty());
    let parsed = found.map(|(_, value)| value.parse());
    parsed.transpose().map_err(|error| Problem::parameter(name, error))
}
