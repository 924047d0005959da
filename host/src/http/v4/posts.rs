//! Posts: create, get, and the list in which they are returned.

pub(in crate::http) mod about;
pub(in crate::http) mod changes;
mod collapsed;
pub(in crate::http) mod lists;
pub(in crate::http) mod threads;

pub(super) use collapsed::{ListForm, WithDeleted};

use std::collections::{BTreeMap, HashSet};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::collapsed::CollapsedView;
use crate::app::App;
use crate::chat::{ChatError, NewPost};
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::wire::PostResponse;
use crate::model::{Kind, Post, PostId, PostKind, Timestamp, User, is_full, size_of};

/// Most posts that one request may name.
pub(super) const MAX_IDS: usize = 1000;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreatePost {
    channel_id: String,
    root_id: String,
    message: String,
    #[serde(rename = "type")]
    kind: String,
    props: Map<String, Value>,
    is_pinned: bool,
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
pub(in crate::http) struct CreateEphemeralPost {
    user_id: String,
    post: Option<body::Json<CreatePost>>,
}

/// A list of posts in Mattermost's form.
#[derive(Serialize)]
struct PostListResponse {
    order: Vec<PostId>,
    /// The posts of `order`, and the first posts of their threads.
    posts: BTreeMap<PostId, PostResponse>,
    #[serde(flatten)]
    about: AboutList,
    first_inaccessible_post_time: i64,
}

/// The rest of a list of posts. An id is empty if no next post is known.
#[derive(Default, Serialize)]
pub(super) struct AboutList {
    pub(super) next_post_id: String,
    pub(super) prev_post_id: String,
    /// Whether the list ended before its last post: because it fills a response, or because of the page of a thread.
    pub(super) has_next: bool,
    /// The words that matched, by post. Searches have this key; its value is always `null` here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) matches: Option<()>,
}

/// `POST /posts`: the author is always the caller. `set_online` has no effect, because a user is online while
/// connected.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    body::Json(new): body::Json<CreatePost>,
) -> Result<(StatusCode, Json<PostResponse>), Problem> {
    let new = new.try_into_new()?;
    let has_files = !new.file_ids.is_empty();
    let post = app.chat.post(session.user(), new).await?;
    let mut post = app.chat.render_new_post(post, has_files).await?;
    app.chat.add_previews(session.user(), std::slice::from_mut(&mut post)).await?;
    Ok((StatusCode::CREATED, Json(post)))
}

/// `POST /posts/ephemeral`.
pub(in crate::http) async fn create_ephemeral(
    State(app): State<App>,
    session: Session,
    body::Json(new): body::Json<CreateEphemeralPost>,
) -> Result<(StatusCode, Json<PostResponse>), Problem> {
    let to = body::id("user_id", &new.user_id)?;
    let post = new.post.ok_or_else(|| Problem::body("post", "`post` is missing; send the post to show"))?;
    let post = app.chat.post_ephemeral(session.user(), &to, post.0.try_into_new()?).await?;
    Ok((StatusCode::CREATED, Json(post.into())))
}

/// `GET /posts/{post_id}`: with `include_deleted` also a deleted post, for administrators.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    WithDeleted(with_deleted): WithDeleted,
    PathId(post): PathId<PostId>,
    query: Query,
) -> Result<Json<PostResponse>, Problem> {
    let post = if with_deleted {
        app.chat.visible_post_or_deleted(session.user(), &post).await?
    } else {
        app.chat.visible_post(session.user(), &post).await?
    };
    let count = app.store.threads().reply_count(&post).await?;
    let mut rendered = match CollapsedView::of(session.user(), &query) {
        Some(collapsed) => collapsed.render(&app, vec![post]).await?,
        None => app.chat.render_posts(vec![post]).await?,
    };
    app.chat.add_previews(session.user(), &mut rendered).await?;
    let post = rendered.pop().ok_or(ChatError::NotFound(Kind::Post))?;
    Ok(Json(post.with_reply_count(count)))
}

/// `POST /posts/ids`: returns the posts that exist and the caller may look up. This list cannot say that more follows,
/// so ids of more posts than a response may hold are refused.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Response, Problem> {
    let ids = post_ids(&ids)?;
    let room = ListRoom::reserve(&app).await?;
    let posts = app.chat.visible_posts(session.user(), &ids).await?;
    let bytes = size_of(&posts);
    let mut posts = app.chat.render_posts(posts).await?;
    app.chat.add_previews(session.user(), &mut posts).await?;
    room.respond(&posts, bytes)
}

impl CreatePost {
    fn try_into_new(self) -> Result<NewPost, Problem> {
        let Priority { priority, requested_ack } = self.metadata.0.priority.0;
        Ok(NewPost {
            channel_id: self.channel_id.parse().map_err(|_| ChatError::unknown_channel())?,
            root_id: root_id(&self.root_id)?,
            message: self.message,
            kind: PostKind::custom(self.kind),
            props: self.props,
            pending_post_id: self.pending_post_id,
            // What is not the id of a file cannot be attached, and is left out as an unknown file is.
            file_ids: self.file_ids.iter().filter_map(|id| id.parse().ok()).collect(),
            is_pinned: self.is_pinned,
            priority,
            requested_ack,
            create_at: Some(Timestamp::from_millis(self.create_at)).filter(|at| *at > Timestamp::NEVER),
        })
    }
}

/// Parses the id of a thread's first post. One of a wrong form names no post.
fn root_id(text: &str) -> Result<Option<PostId>, Problem> {
    if text.is_empty() { Ok(None) } else { Ok(Some(text.parse().map_err(|_| ChatError::BadRoot)?)) }
}

/// Responds these posts, in this order, with the previews that the reader may see, and the first posts of their threads
/// as far as they fit.
pub(super) async fn post_list(
    app: &App,
    reader: &User,
    room: ListRoom,
    mut posts: Vec<Post>,
    mut about: AboutList,
    form: ListForm<'_>,
) -> Result<Response, Problem> {
    about.has_next |= is_full(&posts);
    let order: Vec<PostId> = posts.iter().map(|post| post.id.clone()).collect();
    let known: HashSet<&PostId> = order.iter().collect();
    let roots: HashSet<PostId> = posts.iter().filter_map(|post| post.root_id.clone()).collect();
    let absent: Vec<PostId> = roots.into_iter().filter(|root| !known.contains(root)).collect();
    if !absent.is_empty() && !form.without_roots {
        posts.extend(app.store.posts_by_id(&absent).await?);
    }
    let bytes = size_of(&posts);
    let mut posts = match form.collapsed {
        Some(collapsed) => collapsed.render(app, posts).await?,
        None => app.chat.render_posts(posts).await?,
    };
    app.chat.add_previews(reader, &mut posts).await?;
    let posts = posts.into_iter().map(|post| (post.id().clone(), post)).collect();
    let list = PostListResponse { order, posts, about, first_inaccessible_post_time: 0 };
    room.respond(&list, bytes)
}

/// Parses a body that is a list of ids.
pub(super) fn post_ids(texts: &[String]) -> Result<Vec<PostId>, Problem> {
    if texts.is_empty() || texts.len() > MAX_IDS {
        return Err(Problem::body("post_ids", format!("send 1 to {MAX_IDS} ids of posts")));
    }
    texts.iter().map(|text| body::id("post_ids", text)).collect()
}
