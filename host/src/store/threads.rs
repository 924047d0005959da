//! `thread_members`: who follows a thread, how far each account has read it, and who replied.

mod lists;
mod writing;

pub(super) use writing::{forget_reply, push, unfollow_channel, unfollow_removed, unfollow_team};

use const_format::concatcp;
use sqlx::types::Json;

use super::{Db, Store, StoreError};
use crate::model::{ChannelId, Post, PostId, ThreadMember, UserId};

/// Most unread replies of a thread that are counted. A larger count is reported as this number.
const MAX_COUNTED: i64 = 10_000;

/// Most followers of a thread who get its events. Further ones see the thread when they next list theirs.
const MAX_FOLLOWERS: i64 = 10_000;

/// Counts the replies of the thread `p` that its member `tm` has not read.
const UNREAD_REPLIES: &str = concatcp!(
    "(select count(*) from (select 1 from posts r where r.root_id = p.id and r.create_at > tm.last_viewed_at \
     and r.delete_at = 0 limit ",
    MAX_COUNTED,
    ") unread) as unread_replies"
);
const MEMBERS: [&str; 2] = over_texts!(
    concatcp!(
        "select tm.post_id, tm.user_id, tm.following, tm.last_viewed_at, tm.unread_mentions, ",
        UNREAD_REPLIES,
        " from thread_members tm join posts p on p.id = tm.post_id where tm.post_id = $1 and tm.user_id in"
    ),
    "$2",
    ""
);
const FOLLOWERS: &str = concatcp!(
    "select tm.user_id from thread_members tm join channel_members m on m.channel_id = tm.channel_id \
     and m.user_id = tm.user_id where tm.post_id = $1 and tm.following order by tm.user_id limit ",
    MAX_FOLLOWERS
);
const PARTICIPANTS: [&str; 2] = over_texts!(
    "select tm.post_id, tm.user_id from thread_members tm where tm.replies > 0 and tm.post_id in",
    "$1",
    "order by tm.post_id, tm.replied_at, tm.user_id limit $2"
);
const FOLLOWED: [&str; 2] = over_texts!(
    "select tm.post_id from thread_members tm where tm.user_id = $1 and tm.following and tm.post_id in",
    "$2",
    ""
);
const UNREAD_CHANNELS: [&str; 2] = over_texts!(
    "select distinct tm.channel_id from thread_members tm join posts p on p.id = tm.post_id where tm.user_id = $1 \
     and tm.following and (tm.unread_mentions > 0 or p.last_reply_at > tm.last_viewed_at) and tm.channel_id in",
    "$2",
    ""
);

/// A handle for the threads that users follow. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Threads(Store);

impl Store {
    /// Returns a handle for the threads that users follow.
    pub fn threads(&self) -> Threads {
        Threads(self.clone())
    }
}

impl Threads {
    /// Returns those of these accounts that follow a thread or did so, in any order.
    pub async fn members(&self, root: &PostId, users: &[UserId]) -> Result<Vec<ThreadMember>, StoreError> {
        let sql = self.0.db.of(MEMBERS);
        read!(self.0.db, conn => sqlx::query_as(sql).bind(root).bind(Json(users)).fetch_all(conn).await)
    }

    /// Returns the accounts that follow a thread and are in its channel.
    pub async fn followers(&self, root: &PostId) -> Result<Vec<UserId>, StoreError> {
        read!(self.0.db, conn => sqlx::query_scalar(FOLLOWERS).bind(root).fetch_all(conn).await)
    }

    /// Returns the accounts that replied in these threads, each thread's in the order of their first replies.
    pub async fn participants(
        &self,
        roots: &[PostId],
        limit: i64,
    ) -> Result<Vec<(PostId, UserId)>, StoreError> {
        let sql = self.0.db.of(PARTICIPANTS);
        read!(self.0.db, conn => sqlx::query_as(sql).bind(Json(roots)).bind(limit).fetch_all(conn).await)
    }

    /// Returns which of these threads an account follows.
    pub async fn followed_among(&self, user: &UserId, roots: &[PostId]) -> Result<Vec<PostId>, StoreError> {
        let sql = self.0.db.of(FOLLOWED);
        read!(self.0.db, conn => sqlx::query_scalar(sql).bind(user).bind(Json(roots)).fetch_all(conn).await)
    }

    /// Returns those of these channels in which an account follows threads that it has not read.
    pub async fn channels_with_unread(
        &self,
        user: &UserId,
        channels: &[ChannelId],
    ) -> Result<Vec<ChannelId>, StoreError> {
        let sql = self.0.db.of(UNREAD_CHANNELS);
        read!(self.0.db, conn => sqlx::query_scalar(sql).bind(user).bind(Json(channels)).fetch_all(conn).await)
    }

    /// Returns how many replies a post's thread has, itself a reply or the first post.
    pub async fn reply_count(&self, post: &Post) -> Result<i64, StoreError> {
        let Some(root) = &post.root_id else { return Ok(post.reply_count) };
        let count: Option<i64> = read!(self.0.db, conn => sqlx::query_scalar("select reply_count from posts where id = $1")
            .bind(root).fetch_optional(conn).await)?;
        Ok(count.unwrap_or_default())
    }
}
