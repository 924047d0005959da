//! `GET /posts/{post_id}/thread`.

use axum::extract::State;
use axum::response::Response;

use super::collapsed::ListForm;
use super::lists::{MAX_LIST, anchor_in};
use super::{AboutList, post_list};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::list_room::ListRoom;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::{Post, PostId, Timestamp, is_full};

/// Which of a thread's replies a request is for.
struct Part {
    /// Whether the list goes from older to newer replies.
    down: bool,
    /// The position from which it continues: a moment, and the id of a post of that moment or the empty text.
    from: (Timestamp, String),
    limit: i64,
}

/// `GET /posts/{post_id}/thread`: returns the whole thread, or a part of it. The requested post comes first, and the
/// thread's first post is always included. With `perPage`, `direction=down` continues from `fromPost` or `fromCreateAt`
/// to newer replies, and `up`, which is the default, to older ones.
pub(in crate::http) async fn thread(
    State(app): State<App>,
    session: Session,
    PathId(post): PathId<PostId>,
    query: Query,
) -> Result<Response, Problem> {
    let about = |has_next| AboutList { has_next, ..AboutList::default() };
    let room = ListRoom::reserve(&app).await?;
    let post = app.chat.visible_post(session.user(), &post).await?;
    let form = ListForm { without_roots: false, ..ListForm::of(session.user(), &query) };
    if query.flag("skipFetchThreads") {
        return post_list(&app, session.user(), room, vec![post], about(false), form).await;
    }
    let thread = match &post.root_id {
        Some(id) => app.chat.visible_post(session.user(), id).await?,
        None => post.clone(),
    };
    let Part { down, from: (moment, id), limit } = part(&app, &thread, &query).await?;
    let mut replies = app.store.replies(&thread.id, (moment, &id), down, limit + 1).await?;
    let is_longer = i64::try_from(replies.len()).unwrap_or(i64::MAX) > limit;
    if is_longer {
        replies.pop();
    }
    let has_next = is_longer || is_full(&replies);
    let mut posts = vec![post];
    let listed: Vec<Post> =
        std::iter::once(thread).chain(replies).filter(|one| one.id != posts[0].id).collect();
    posts.extend(listed);
    post_list(&app, session.user(), room, posts, about(has_next), form).await
}

async fn part(app: &App, root: &Post, query: &Query) -> Result<Part, Problem> {
    let limit = match query.get("perPage").map(|text| text.parse::<i64>()) {
        Some(Ok(limit)) if limit > 0 => limit.min(MAX_LIST),
        None | Some(Ok(_)) => MAX_LIST,
        Some(Err(_)) => return Err(Problem::body("perPage", "`perPage` must be a number")),
    };
    let down = match query.text("direction").as_str() {
        "" | "up" => false,
        "down" => true,
        _ => return Err(Problem::body("direction", "`direction` must be `up` or `down`")),
    };
    let moment = query.moment("fromCreateAt")?;
    if let Some(id) = query.get("fromPost") {
        let from = anchor_in(app, &root.channel_id, "fromPost", &id).await?;
        return Ok(Part { down, from: (from.create_at, from.id.to_string()), limit });
    }
    let is_start = down && moment.is_none();
    let edge = if down { Timestamp::NEVER } else { Timestamp::from_millis(i64::MAX) };
    // From the start down, the first post is one of those that the client requests.
    let limit = if is_start { limit - 1 } else { limit };
    Ok(Part { down, from: (moment.unwrap_or(edge), String::new()), limit })
}
