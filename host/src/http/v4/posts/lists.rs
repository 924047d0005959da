//! Posts in order: a channel's pages, what is unread, what is pinned, a thread.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::post_list;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::page::Page;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{ChannelId, Post, PostId, Timestamp};

/// Most posts in one answer: of a thread, of what changed `since`, of a channel's pins.
const MAX_LIST: i64 = 1000;

/// Posts on either side of the first unread one: as usual, and at most.
const AROUND: i64 = 60;
const MAX_AROUND: i64 = 200;

/// `GET /channels/{channel_id}/posts`: a page, also before or after a post; or with `since` what changed after that
/// moment.
pub(in crate::http) async fn in_channel(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    query: Query,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let channel = params::id("channel_id", &channel)?;
    app.chat.readable_channel(session.user(), &channel).await?;
    if let Some(since) = query.moment("since")? {
        return post_list(&app, app.store.posts_since(&channel, since, MAX_LIST).await?, json!({})).await;
    }
    let (posts, newer, older) = if let Some(anchor) = query.get("before") {
        let anchor = anchor_in(&app, &channel, "before", &anchor).await?;
        (app.store.posts_before(&anchor, page.offset, page.limit).await?, Some(anchor.id), None)
    } else if let Some(anchor) = query.get("after") {
        let anchor = anchor_in(&app, &channel, "after", &anchor).await?;
        (app.store.posts_after(&anchor, page.offset, page.limit).await?, None, Some(anchor.id))
    } else {
        let posts = app.store.posts(&channel, page.offset, page.limit).await?;
        if page.offset == 0 {
            let about = json!({"prev_post_id": older_than(&app, posts.last()).await?});
            return post_list(&app, posts, about).await;
        }
        (posts, None, None)
    };
    let about = match (posts.first(), posts.last()) {
        (Some(first), Some(last)) => between(&app, first, last).await?,
        _ => json!({"next_post_id": text(newer.as_ref()), "prev_post_id": text(older.as_ref())}),
    };
    post_list(&app, posts, about).await
}

/// `GET /channels/{channel_id}/pinned`.
pub(in crate::http) async fn pinned(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
) -> Result<Json<Value>, Problem> {
    let channel = params::id("channel_id", &channel)?;
    app.chat.readable_channel(session.user(), &channel).await?;
    post_list(&app, app.store.pinned_posts(&channel, MAX_LIST).await?, json!({})).await
}

/// `GET /users/{user_id}/channels/{channel_id}/posts/unread`: what is next to the first unread post, or the newest.
pub(in crate::http) async fn around_unread(
    State(app): State<App>,
    session: Session,
    Path((user, channel)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let channel = params::id("channel_id", &channel)?;
    let viewed = app.chat.last_viewed(session.user(), &user, &channel).await?;
    let before = query.number("limit_before").unwrap_or(AROUND).min(MAX_AROUND);
    let after = query.number("limit_after").unwrap_or(AROUND).min(MAX_AROUND);
    if after == 0 {
        return Err(Problem::parameter("limit_after", "a number above 0"));
    }
    let posts = match app.store.first_post_after(&channel, viewed).await? {
        None => app.store.posts(&channel, 0, before.max(1)).await?,
        Some(first) => {
            let mut posts = app.store.posts_after(&first, 0, after - 1).await?;
            let older = app.store.posts_before(&first, 0, before).await?;
            posts.push(first);
            posts.extend(older);
            posts
        }
    };
    let about = match (posts.first(), posts.last()) {
        (Some(first), Some(last)) => between(&app, first, last).await?,
        _ => json!({}),
    };
    post_list(&app, posts, about).await
}

/// `GET /posts/{post_id}/thread`, whole or from some answer up or down. Its first post is always there, and last.
pub(in crate::http) async fn thread(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let post = app.chat.readable_post(session.user(), &params::id("post_id", &post)?).await?;
    if query.flag("skipFetchThreads") {
        return post_list(&app, vec![post], json!({"has_next": false})).await;
    }
    let limit = query.number("perPage").filter(|limit| *limit > 0).unwrap_or(MAX_LIST).min(MAX_LIST);
    let down = match query.text("direction").as_str() {
        "" | "up" => false,
        "down" => true,
        _ => return Err(Problem::parameter("direction", "`up` or `down`")),
    };
    let root = match &post.root_id {
        Some(root) => app.chat.readable_post(session.user(), root).await?,
        None => post,
    };
    let moment = query.moment("fromCreateAt")?;
    let place = match query.get("fromPost") {
        Some(id) => {
            let from = anchor_in(&app, &root.channel_id, "fromPost", &id).await?;
            (from.create_at, from.id.to_string())
        }
        None if down => (moment.unwrap_or(Timestamp::NEVER), String::new()),
        None => (moment.unwrap_or(Timestamp::from_millis(i64::MAX)), String::new()),
    };
    let mut posts = app.store.replies(&root.id, (place.0, &place.1), down, limit + 1).await?;
    let has_next = i64::try_from(posts.len()).unwrap_or(i64::MAX) > limit;
    if has_next {
        posts.pop();
    }
    if down {
        posts.reverse();
    }
    posts.push(root);
    post_list(&app, posts, json!({"has_next": has_next})).await
}

/// The ids of the posts next to a list from `first`, the newest, to `last`.
async fn between(app: &App, first: &Post, last: &Post) -> Result<Value, Problem> {
    let newer = app.store.posts_after(first, 0, 1).await?;
    let older = older_than(app, Some(last)).await?;
    Ok(json!({"next_post_id": text(newer.first().map(|post| &post.id)), "prev_post_id": older}))
}

async fn older_than(app: &App, post: Option<&Post>) -> Result<String, Problem> {
    let Some(post) = post else { return Ok(String::new()) };
    let older = app.store.posts_before(post, 0, 1).await?;
    Ok(text(older.first().map(|post| &post.id)))
}

/// The post a parameter names, which must be in this channel.
async fn anchor_in(app: &App, channel: &ChannelId, name: &str, id: &str) -> Result<Post, Problem> {
    let id: PostId = id.parse().map_err(|error| Problem::parameter(name, error))?;
    let post = app.store.post(&id).await?.filter(|post| post.channel_id == *channel);
    post.ok_or_else(|| Problem::parameter(name, "there is no such post in this channel"))
}

fn text(id: Option<&PostId>) -> String {
    id.map(PostId::to_string).unwrap_or_default()
}
