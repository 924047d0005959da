//! The threads that an account follows: lists, following, read and unread.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;

use crate::access::{AccountAccess, TeamAccess};
use crate::app::App;
use crate::chat::ChatError;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
use crate::http::params::{self, Query};
use crate::http::path_id::{PathId, segment};
use crate::http::problem::Problem;
use crate::http::v4::{Done, ok};
use crate::model::wire::ThreadResponse;
use crate::model::{ChannelId, Kind, PostId, TeamId, ThreadFilter, ThreadTotals, Timestamp};

/// The thread that `{thread}` in the path names, by its first post.
pub(in crate::http) struct NamedThread(PostId);

#[derive(Default, Serialize)]
pub(in crate::http) struct ThreadListResponse {
    total: i64,
    total_unread_threads: i64,
    total_unread_mentions: i64,
    total_unread_urgent_mentions: i64,
    /// None if the client requested the totals alone.
    threads: Option<Vec<ThreadResponse>>,
}

/// The moment in the path, in Unix milliseconds. There is no such address if it is not a number.
pub(in crate::http) struct UpTo(Timestamp);

impl FromRequestParts<App> for NamedThread {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(Self(params::id("thread_id", &segment(parts, "thread").await?)?))
    }
}

impl FromRequestParts<App> for UpTo {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let text = segment(parts, "timestamp").await?;
        match text.parse() {
            Ok(millis) if millis >= 0 => Ok(Self(Timestamp::from_millis(millis))),
            _ => Err(Problem::no_such_address(parts.uri.path())),
        }
    }
}

/// `GET /users/{user_id}/teams/{team_id}/threads`: a page of the threads that the account follows in the team and in
/// direct and group channels, and how many there are. `before` and `after` name the thread from which a list continues.
pub(in crate::http) async fn list(
    State(app): State<App>,
    account: AccountAccess,
    team: TeamAccess,
    query: Query,
    page: PageRange,
) -> Result<Response, Problem> {
    let (only_totals, only_threads) = (query.flag("totalsOnly"), query.flag("threadsOnly"));
    let filter = filter(&query, team.team().id.clone())?;
    if only_totals && only_threads {
        return Err(contradiction("threadsOnly", "`totalsOnly` and `threadsOnly` exclude each other"));
    }
    let room = ListRoom::reserve(&app).await?;
    let mut list = ThreadListResponse::default();
    if !only_threads {
        let totals = app.store.threads().totals(account.id(), filter.with_deleted).await?;
        list.count(&totals, &filter);
    }
    if !only_totals {
        let extended = query.flag("extended");
        list.threads = Some(app.chat.threads(&account, &filter, page.limit, extended).await?);
    }
    room.respond(&list, 0)
}

/// `GET /users/{user_id}/teams/{team_id}/threads/mention_counts`: how many unread replies of followed threads mention
/// the account, by channel.
pub(in crate::http) async fn mention_counts(
    State(app): State<App>,
    account: AccountAccess,
    team: TeamAccess,
) -> Result<Json<BTreeMap<ChannelId, i64>>, Problem> {
    let counts = app.store.threads().mentions(account.id(), &team.team().id).await?;
    Ok(Json(counts.into_iter().collect()))
}

/// `GET /users/{user_id}/teams/{team_id}/threads/{thread_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    account: AccountAccess,
    NamedThread(thread): NamedThread,
    query: Query,
) -> Result<Json<ThreadResponse>, Problem> {
    Ok(Json(app.chat.thread(&account, &thread, query.flag("extended")).await?))
}

/// `PUT /users/{user_id}/teams/{team_id}/threads/{thread_id}/following`.
pub(in crate::http) async fn follow(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    NamedThread(thread): NamedThread,
) -> Result<Json<Done>, Problem> {
    app.chat.follow_thread(&account, &team, &thread, true).await?;
    Ok(ok())
}

/// `DELETE /users/{user_id}/teams/{team_id}/threads/{thread_id}/following`.
pub(in crate::http) async fn unfollow(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    NamedThread(thread): NamedThread,
) -> Result<Json<Done>, Problem> {
    app.chat.follow_thread(&account, &team, &thread, false).await?;
    Ok(ok())
}

/// `PUT /users/{user_id}/teams/{team_id}/threads/{thread_id}/read/{timestamp}`: a later reply is unread. The thread is
/// followed from then on.
pub(in crate::http) async fn read(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    NamedThread(thread): NamedThread,
    UpTo(up_to): UpTo,
) -> Result<Json<ThreadResponse>, Problem> {
    let _turn = app.budgets.mention_counts.take(account.id()).await?;
    Ok(Json(app.chat.read_thread(&account, &team, &thread, up_to).await?))
}

/// `POST /users/{user_id}/teams/{team_id}/threads/{thread_id}/set_unread/{post_id}`.
pub(in crate::http) async fn set_unread(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    NamedThread(thread): NamedThread,
    PathId(post): PathId<PostId>,
) -> Result<Json<ThreadResponse>, Problem> {
    let _turn = app.budgets.mention_counts.take(account.id()).await?;
    Ok(Json(app.chat.set_thread_unread(&account, &team, &thread, &post).await?))
}

/// `PUT /users/{user_id}/teams/{team_id}/threads/read`.
pub(in crate::http) async fn read_all(
    State(app): State<App>,
    account: AccountAccess,
    team: TeamAccess,
) -> Result<Json<Done>, Problem> {
    app.chat.read_all_threads(&account, &team).await?;
    Ok(ok())
}

impl ThreadListResponse {
    /// Adds the totals of the filter's team, and of direct and group channels unless it leaves them out.
    fn count(&mut self, totals: &[ThreadTotals], filter: &ThreadFilter) {
        let counted = |totals: &&ThreadTotals| match &totals.team_id {
            Some(team) => filter.team.as_ref() == Some(team),
            None => !filter.without_direct,
        };
        for totals in totals.iter().filter(counted) {
            self.total += if filter.only_unread { totals.unread_threads } else { totals.threads };
            self.total_unread_threads += totals.unread_threads;
            self.total_unread_mentions += totals.unread_mentions;
            self.total_unread_urgent_mentions += totals.unread_urgent_mentions;
        }
    }
}

fn filter(query: &Query, team: TeamId) -> Result<ThreadFilter, Problem> {
    let since = match query.get("since").map(|text| text.parse()) {
        None => Timestamp::NEVER,
        Some(Ok(millis)) if millis >= 0 => Timestamp::from_millis(millis),
        Some(_) => return Err(Problem::body("since", "`since` must be Unix milliseconds")),
    };
    let (before, after) = (query.id("before")?, query.id("after")?);
    if before.is_some() && after.is_some() {
        return Err(contradiction("before", "`before` and `after` exclude each other"));
    }
    Ok(ThreadFilter {
        team: Some(team),
        without_direct: query.flag("excludeDirect"),
        with_deleted: query.flag("deleted"),
        only_unread: query.flag("unread"),
        since,
        before,
        after,
    })
}

fn contradiction(field: &'static str, reason: &str) -> Problem {
    ChatError::Invalid { kind: Kind::Thread, field, reason: reason.to_owned() }.into()
}
