//! Ordered lists of posts: a channel's pages, unread, pinned or flagged posts.
//!
//! A list ends early where its posts fill a response, and then says `has_next`; a client continues a channel's list
//! with `before` or `after`, whose post is next to the last or first one of the list, and a thread's with `fromPost`.

use axum::extract::State;
use axum::response::Response;

use super::collapsed::{ListForm, Listing, WithDeleted};
use super::{AboutList, post_list};
use crate::access::{AccountAccess, ChannelAccess};
use crate::app::App;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{ChannelId, Post, PostId, Timestamp, is_full};

/// Most posts in one response for a thread, for changes `since` a moment, and for a channel's pins.
pub(super) const MAX_LIST: i64 = 1000;

/// How many posts are returned on either side of the first unread one: by default, and at most.
const AROUND: i64 = 60;
const MAX_AROUND: i64 = 200;

/// `GET /channels/{channel_id}/posts`: returns a page, optionally before or after a post; or with `since`, the posts
/// that changed after that moment, deleted ones too. Administrators also read deleted posts in pages, with
/// `include_deleted`. With `skipFetchThreads` the first posts of threads come only in their own places.
pub(in crate::http) async fn in_channel(
    State(app): State<App>,
    channel: ChannelAccess,
    WithDeleted(with_deleted): WithDeleted,
    query: Query,
    page: PageRange,
) -> Result<Response, Problem> {
    let reader = channel.caller();
    let form = ListForm::of(reader, &query);
    let channel = &channel.channel().id;
    let room = ListRoom::reserve(&app).await?;
    let list = Listing::new(&app.store, form, with_deleted);
    let since =
        query.moment("since").map_err(|_| Problem::body("since", "`since` must be Unix milliseconds"))?;
    if let Some(since) = since.filter(|since| *since > Timestamp::NEVER) {
        let posts = list.since(channel, since, MAX_LIST).await?;
        return post_list(&app, reader, room, posts, AboutList::default(), form).await;
    }
    let (posts, newer, older) = if let Some(id) = query.get("before") {
        let id = anchor("before", &id)?;
        let posts = match post_in(&app, channel, &id).await? {
            Some(post) => list.before(&post, page.offset, page.limit).await?,
            None => Vec::new(),
        };
        (posts, Some(id), None)
    } else if let Some(id) = query.get("after") {
        let id = anchor("after", &id)?;
        let posts = match post_in(&app, channel, &id).await? {
            Some(post) => list.after(&post, page.offset, page.limit).await?,
            None => Vec::new(),
        };
        (posts, None, Some(id))
    } else {
        // One more than the page has, which tells the id of the next older post without another read.
        let mut posts = list.page(channel, page.offset, page.limit + 1).await?;
        let has_older = usize::try_from(page.limit).is_ok_and(|limit| posts.len() > limit);
        let older = if has_older { posts.pop() } else { None };
        if page.offset == 0 {
            let prev_post_id = match older {
                Some(older) => older.id.to_string(),
                None if is_full(&posts) => older_than(list, posts.last()).await?,
                None => String::new(),
            };
            let about = AboutList { prev_post_id, ..AboutList::default() };
            return post_list(&app, reader, room, posts, about, form).await;
        }
        (posts, None, None)
    };
    let about = match (posts.first(), posts.last()) {
        (Some(newest), Some(oldest)) => between(list, newest, oldest).await?,
        _ => AboutList {
            next_post_id: text(newer.as_ref()),
            prev_post_id: text(older.as_ref()),
            ..AboutList::default()
        },
    };
    post_list(&app, reader, room, posts, about, form).await
}

/// `GET /channels/{channel_id}/pinned`.
pub(in crate::http) async fn pinned(
    State(app): State<App>,
    channel: ChannelAccess,
) -> Result<Response, Problem> {
    let room = ListRoom::reserve(&app).await?;
    let posts = app.store.pinned_posts(&channel.channel().id, MAX_LIST).await?;
    post_list(&app, channel.caller(), room, posts, AboutList::default(), ListForm::default()).await
}

/// `GET /users/{user_id}/posts/flagged`: returns a page of the posts that the user saved for later, newest first.
/// `channel_id` limits it to one channel, `team_id` to the channels of one team and of no team.
pub(in crate::http) async fn flagged(
    State(app): State<App>,
    account: AccountAccess,
    query: Query,
    page: PageRange,
) -> Result<Response, Problem> {
    let (channel, team) = (query.id("channel_id")?, query.id("team_id")?);
    let page = (page.offset, page.limit);
    let room = ListRoom::reserve(&app).await?;
    let posts = app.chat.flagged(&account, channel.as_ref(), team.as_ref(), page).await?;
    post_list(&app, account.caller(), room, posts, AboutList::default(), ListForm::default()).await
}

/// `GET /users/{user_id}/channels/{channel_id}/posts/unread`: returns the posts around the first unread one, or the
/// newest.
pub(in crate::http) async fn around_unread(
    State(app): State<App>,
    account: AccountAccess,
    channel: ChannelAccess,
    query: Query,
) -> Result<Response, Problem> {
    let reader = channel.caller();
    let form = ListForm::of(reader, &query);
    let channel = &channel.channel().id;
    let member = app.store.channel_member(channel, account.id()).await?;
    // An account that may read the channel without being a member has never viewed it.
    let viewed = member.map_or(Timestamp::NEVER, |member| member.last_viewed_at);
    let before = query.number("limit_before").unwrap_or(AROUND).min(MAX_AROUND);
    let after = query.number("limit_after").unwrap_or(AROUND).min(MAX_AROUND);
    if after == 0 {
        return Err(Problem::parameter("limit_after", "it must be greater than 0"));
    }
    let room = ListRoom::reserve(&app).await?;
    let list = Listing::new(&app.store, form, false);
    let posts = match list.first_after(channel, viewed).await? {
        None => list.page(channel, 0, before.max(1)).await?,
        Some(first) => {
            let mut posts = list.after(&first, 0, after - 1).await?;
            let older = if is_full(&posts) { 0 } else { before };
            let older = list.before(&first, 0, older).await?;
            posts.push(first);
            posts.extend(older);
            posts
        }
    };
    let about = match (posts.first(), posts.last()) {
        (Some(newest), Some(oldest)) => between(list, newest, oldest).await?,
        _ => AboutList::default(),
    };
    post_list(&app, reader, room, posts, about, form).await
}

/// Returns the ids of the posts adjacent to a list.
async fn between(list: Listing<'_>, newest: &Post, oldest: &Post) -> Result<AboutList, Problem> {
    let newer = list.after(newest, 0, 1).await?;
    let prev_post_id = older_than(list, Some(oldest)).await?;
    let next_post_id = text(newer.first().map(|post| &post.id));
    Ok(AboutList { next_post_id, prev_post_id, ..AboutList::default() })
}

async fn older_than(list: Listing<'_>, post: Option<&Post>) -> Result<String, Problem> {
    let Some(post) = post else { return Ok(String::new()) };
    let older = list.before(post, 0, 1).await?;
    Ok(text(older.first().map(|post| &post.id)))
}

/// Returns the post that a parameter names, which must be in this channel.
pub(super) async fn anchor_in(app: &App, channel: &ChannelId, name: &str, id: &str) -> Result<Post, Problem> {
    let id: PostId = id.parse().map_err(|error| Problem::parameter(name, error))?;
    let post = post_in(app, channel, &id).await?;
    post.ok_or_else(|| Problem::parameter(name, "there is no such post in this channel; check its id"))
}

/// Parses the id of the post next to a page. There are no posts next to one that is unknown in the channel.
fn anchor(name: &str, id: &str) -> Result<PostId, Problem> {
    id.parse().map_err(|error| Problem::body(name, format!("`{name}` is not valid: {error}")))
}

async fn post_in(app: &App, channel: &ChannelId, id: &PostId) -> Result<Option<Post>, Problem> {
    Ok(app.store.post(id).await?.filter(|post| post.channel_id == *channel))
}

fn text(id: Option<&PostId>) -> String {
    id.map(PostId::to_string).unwrap_or_default()
}
