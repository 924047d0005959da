//! Posts: create, get, thread, and a channel's page.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::chat::Draft;
use crate::http::auth::Session;
use crate::http::json::{self as body, nullable};
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::model::{ChannelId, Post, PostId, PostKind, Timestamp};

/// Posts one thread, or one `since`, answers at most.
const MAX_LIST: i64 = 1000;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    #[serde(deserialize_with = "nullable")]
    channel_id: String,
    #[serde(deserialize_with = "nullable")]
    root_id: String,
    #[serde(deserialize_with = "nullable")]
    message: String,
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    props: Map<String, Value>,
    #[serde(deserialize_with = "nullable")]
    pending_post_id: String,
}

/// `POST /posts`: always by the one who asks.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    body::Json(asked): body::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let draft = Draft {
        channel_id: body::id("channel_id", &asked.channel_id)?,
        root_id: body::optional_id("root_id", &asked.root_id)?,
        message: asked.message,
        kind: PostKind::custom(asked.kind),
        props: asked.props,
        pending_post_id: asked.pending_post_id,
    };
    let post = app.chat.post(session.user(), draft).await?;
    Ok((StatusCode::CREATED, Json(post.wire())))
}

/// `GET /posts/{post_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.readable_post(session.user(), &post_id(&post)?).await?.wire()))
}

/// `GET /posts/{post_id}/thread`.
pub(in crate::http) async fn thread(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
) -> Result<Json<Value>, Problem> {
    let post = app.chat.readable_post(session.user(), &post_id(&post)?).await?;
    let posts = app.store.thread(post.root_id.as_ref().unwrap_or(&post.id), MAX_LIST).await?;
    Ok(Json(post_list(&posts)))
}

/// `GET /channels/{channel_id}/posts`: a page, or with `since` what changed after that moment.
pub(in crate::http) async fn in_channel(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    RawQuery(query): RawQuery,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let channel: ChannelId = channel.parse().map_err(|error| Problem::parameter("channel_id", error))?;
    app.chat.readable_channel(session.user(), &channel).await?;
    let posts = match since(query.as_deref().unwrap_or_default())? {
        Some(since) => app.store.posts_since(&channel, since, MAX_LIST).await?,
        None => app.store.posts(&channel, page.offset, page.limit).await?,
    };
    Ok(Json(post_list(&posts)))
}

fn since(query: &str) -> Result<Option<Timestamp>, Problem> {
    match form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "since") {
        None => Ok(None),
        Some((_, text)) => match text.parse() {
            Ok(0) => Ok(None),
            Ok(millis) => Ok(Some(Timestamp::from_millis(millis))),
            Err(_) => Err(Problem::parameter("since", "Unix milliseconds")),
        },
    }
}

/// The wire's list: an order, newest first, and the posts by id.
fn post_list(posts: &[Post]) -> Value {
    let order: Vec<&PostId> = posts.iter().map(|post| &post.id).collect();
    let by_id: Map<String, Value> = posts.iter().map(|post| (post.id.to_string(), post.wire())).collect();
    json!({
        "order": order, "posts": by_id, "next_post_id": "", "prev_post_id": "", "first_inaccessible_post_time": 0,
    })
}

fn post_id(text: &str) -> Result<PostId, Problem> {
    text.parse().map_err(|error| Problem::parameter("post_id", error))
}
