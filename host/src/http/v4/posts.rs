//! Posts: create, get, and the list they are shown in.

pub(in crate::http) mod changes;
pub(in crate::http) mod flagged;
pub(in crate::http) mod lists;

use std::collections::HashSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::chat::NewPost;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{Post, PostId, PostKind, Timestamp};

/// Posts that may be asked for by id at once.
pub(super) const MAX_IDS: usize = 1000;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    channel_id: String,
    root_id: String,
    message: String,
    #[serde(rename = "type")]
    kind: String,
    props: Map<String, Value>,
    pending_post_id: String,
    create_at: i64,
    metadata: body::Json<Metadata>,
    file_ids: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    priority: body::Json<Priority>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Priority {
    priority: String,
    requested_ack: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Ephemeral {
    user_id: String,
    post: body::Json<Asked>,
}

/// `POST /posts`: always by the one who asks. `set_online` changes nothing: being connected is being online.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    body::Json(asked): body::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let draft = asked.draft()?;
    let has_files = !draft.file_ids.is_empty();
    let post = app.chat.post(session.user(), draft).await?;
    Ok((StatusCode::CREATED, Json(app.chat.render_new_post(&post, has_files).await?)))
}

/// `POST /posts/ephemeral`.
pub(in crate::http) async fn create_ephemeral(
    State(app): State<App>,
    session: Session,
    body::Json(asked): body::Json<Ephemeral>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let to = body::id("user_id", &asked.user_id)?;
    let post = app.chat.post_ephemeral(session.user(), &to, asked.post.0.draft()?).await?;
    Ok((StatusCode::CREATED, Json(post.wire())))
}

/// `GET /posts/{post_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(post): Path<String>,
) -> Result<Json<Value>, Problem> {
    let post = app.chat.readable_post(session.user(), &params::id("post_id", &post)?).await?;
    Ok(Json(app.chat.render_post(&post).await?))
}

/// `POST /posts/ids`: those that exist and may be read.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Json<Value>, Problem> {
    let posts = app.chat.readable_posts(session.user(), &post_ids(&ids)?).await?;
    Ok(Json(app.chat.render_posts(&posts).await?.into()))
}

impl Asked {
    fn draft(self) -> Result<NewPost, Problem> {
        let Priority { priority, requested_ack } = self.metadata.0.priority.0;
        Ok(NewPost {
            channel_id: body::id("channel_id", &self.channel_id)?,
            root_id: body::optional_id("root_id", &self.root_id)?,
            message: self.message,
            kind: PostKind::custom(self.kind),
            props: self.props,
            pending_post_id: self.pending_post_id,
            file_ids: self.file_ids.iter().map(|id| body::id("file_ids", id)).collect::<Result<_, _>>()?,
            priority,
            requested_ack,
            create_at: Some(Timestamp::from_millis(self.create_at)).filter(|at| *at > Timestamp::NEVER),
        })
    }
}

/// The wire's list: an order, as `listed`, and by id these posts and the first posts of their threads.
pub(super) async fn post_list(app: &App, listed: Vec<Post>, about: Value) -> Result<Json<Value>, Problem> {
    let order: Vec<PostId> = listed.iter().map(|post| post.id.clone()).collect();
    let known: HashSet<&PostId> = order.iter().collect();
    let roots: HashSet<PostId> = listed.iter().filter_map(|post| post.root_id.clone()).collect();
    let absent: Vec<PostId> = roots.into_iter().filter(|root| !known.contains(root)).collect();
    let mut posts = listed;
    if !absent.is_empty() {
        posts.extend(app.store.posts_by_id(&absent).await?);
    }
    let shown = app.chat.render_posts(&posts).await?;
    let by_id: Map<String, Value> = posts.iter().map(|post| post.id.to_string()).zip(shown).collect();
    let mut list = json!({
        "order": order, "posts": by_id, "next_post_id": "", "prev_post_id": "", "first_inaccessible_post_time": 0,
    });
    if let (Some(list), Value::Object(about)) = (list.as_object_mut(), about) {
        list.extend(about);
    }
    Ok(Json(list))
}

/// The ids in a body that is a list of them.
pub(super) fn post_ids(texts: &[String]) -> Result<Vec<PostId>, Problem> {
    if texts.is_empty() || texts.len() > MAX_IDS {
        return Err(Problem::body("post_ids", format!("1 to {MAX_IDS} ids of posts are expected")));
    }
    texts.iter().map(|text| body::id("post_ids", text)).collect()
}
