//! Reads `posts`, and the keys under which a post is created only once. `changes` and `post_edits` write them.

use const_format::concatcp;
use sqlx::types::Json;

use super::list::fill;
use super::{Db, Store, StoreError};
use crate::model::{ChannelId, LIST_BYTES, NoticeId, Post, PostId, TeamId, Timestamp, UserId};

/// The columns of a post, from `posts p`.
pub(super) const POST: &str = "p.id, p.channel_id, p.user_id, p.root_id, p.message, p.kind, p.props, \
    p.pending_post_id, p.is_pinned, p.reply_count, p.last_reply_at, p.create_at, p.update_at, p.edit_at, \
    p.delete_at, p.priority, p.requested_ack, p.has_reactions";

pub(super) const SELECT_POST: &str = concatcp!("select ", POST, " from posts p ");

/// PostgreSQL sends every row of a result, also those that a list does not take. So its statements of lists surround
/// the one for SQLite, and end early themselves. The length of a text that is stored apart is known without reading it.
pub(super) const EARLY_HEAD: &str = concatcp!(
    "select ",
    POST,
    " from (select q.*, sum(octet_length(q.message) + octet_length(q.props)) over (order by "
);
pub(super) const EARLY_ROWS: &str =
    " rows between unbounded preceding and 1 preceding) as bytes_before from (";
pub(super) const EARLY_TAIL: &str =
    concatcp!(") q) p where coalesce(p.bytes_before, 0) <= ", LIST_BYTES, " order by ");

/// Builds the statement of a list for each database, from SQLite's, which has an order and a limit, and the order.
macro_rules! ending_early {
    ($select:expr, $order:expr) => {
        [$select, concatcp!(EARLY_HEAD, $order, EARLY_ROWS, $select, EARLY_TAIL, $order)]
    };
}

pub(super) use ending_early;

pub(super) const NEWEST_FIRST: &str = "create_at desc, id desc";
pub(super) const OLDEST_FIRST: &str = "create_at, id";

pub(super) const ANY: &str = concatcp!(SELECT_POST, "where id = $1");
const PLACES: [&str; 2] =
    over_texts!("select id, channel_id from posts where delete_at = 0 and id in", "$1", "order by id");
const BY_ID: &str = concatcp!(SELECT_POST, "where id = $1 and delete_at = 0");
pub const PAGE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and delete_at = 0 order by create_at desc, id desc limit $2 offset $3"
    ),
    NEWEST_FIRST
);
const BEFORE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and (create_at, id) < ($4, $5) and delete_at = 0 \
     order by create_at desc, id desc limit $2 offset $3"
    ),
    NEWEST_FIRST
);
const AFTER: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and (create_at, id) > ($4, $5) and delete_at = 0 \
     order by create_at, id limit $2 offset $3"
    ),
    OLDEST_FIRST
);
const FIRST_AFTER: &str = concatcp!(
    SELECT_POST,
    "where channel_id = $1 and create_at > $2 and delete_at = 0 order by create_at, id limit 1"
);
/// New posts, then changed older ones. Each half has its own index; the second index covers only changed posts.
pub const SINCE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and create_at > $2 union all ",
        SELECT_POST,
        "where channel_id = $1 and update_at > $2 and update_at > create_at and create_at <= $2 \
     order by create_at desc, id desc limit $3"
    ),
    NEWEST_FIRST
);
const PINNED: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and is_pinned and delete_at = 0 order by create_at desc, id desc limit $2"
    ),
    NEWEST_FIRST
);
/// `is_pinned` is not bound, because the partial index serves only the column itself.
pub const PINNED_COUNT: &str =
    "select count(*) from posts where channel_id = $1 and is_pinned and delete_at = 0";
pub const REPLIES_UP: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where root_id = $1 and (create_at, id) < ($3, $4) and delete_at = 0 order by create_at desc, id desc limit $2"
    ),
    NEWEST_FIRST
);
const REPLIES_DOWN: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where root_id = $1 and (create_at, id) > ($3, $4) and delete_at = 0 order by create_at, id limit $2"
    ),
    OLDEST_FIRST
);
// The databases bind a list differently: as JSON text here, as an array there.
const SQLITE_LISTED: &str =
    concatcp!(SELECT_POST, "where id in (select value from json_each($1)) and delete_at = 0");
const POSTGRES_LISTED: &str =
    ending_early!(concatcp!(SELECT_POST, "where id = any($1) and delete_at = 0"), "id")[1];

/// Clients store a flagged post as a preference of this category, with the post's id as its name.
const FLAGGED_CATEGORY: &str = "flagged_post";

// Only in the user's channels: a user who left a channel can no longer read its posts.
const FLAGGED: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where delete_at = 0 \
     and id in (select name from preferences where user_id = $1 and category = $2 and value = 'true') \
     and channel_id in (select m.channel_id from channel_members m join channels c on c.id = m.channel_id \
     where m.user_id = $1 and ($3 = '' or c.id = $3) and ($4 = '' or c.team_id = $4 or c.team_id is null)) \
     order by create_at desc, id desc limit $5 offset $6"
    ),
    NEWEST_FIRST
);

/// Every list of posts ends early where it fills a response: see [`fill`].
impl Store {
    /// Returns a post, unless it was deleted.
    pub async fn post(&self, id: &PostId) -> Result<Option<Post>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns a post even if it was deleted.
    pub async fn post_or_deleted(&self, id: &PostId) -> Result<Option<Post>, StoreError> {
        read!(self.db, conn => sqlx::query_as(ANY).bind(id).fetch_optional(conn).await)
    }

    /// Returns the posts with these ids that were not deleted, in any order.
    pub async fn posts_by_id(&self, ids: &[PostId]) -> Result<Vec<Post>, StoreError> {
        let ids: Vec<&str> = ids.iter().map(PostId::as_str).collect();
        Ok(match &self.db {
            Db::Sqlite { read, .. } => {
                let mut reader = read.get().await?;
                fill(sqlx::query_as(SQLITE_LISTED).bind(Json(ids)).fetch(&mut *reader)).await?
            }
            Db::Postgres(node) => fill(sqlx::query_as(POSTGRES_LISTED).bind(ids).fetch(&node.pool)).await?,
        })
    }

    /// Returns the channels of the posts with these ids that were not deleted, in any order.
    pub async fn channels_of_posts(&self, ids: &[PostId]) -> Result<Vec<(PostId, ChannelId)>, StoreError> {
        let sql = self.db.of(PLACES);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(ids)).fetch_all(conn).await)
    }

    /// Returns a page of a channel's posts, newest first.
    pub async fn posts(&self, channel: &ChannelId, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(PAGE);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(channel).bind(limit).bind(offset).fetch(conn)).await)
    }

    /// Returns a page of the channel's posts before this one, newest first.
    pub async fn posts_before(&self, post: &Post, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        read!(self.db, conn => fill(sqlx::query_as(self.db.of(BEFORE)).bind(&post.channel_id).bind(limit).bind(offset)
            .bind(post.create_at).bind(&post.id).fetch(conn)).await)
    }

    /// Returns a page of the channel's posts right after this one, newest first.
    pub async fn posts_after(&self, post: &Post, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(AFTER);
        let mut posts: Vec<Post> = read!(self.db, conn => fill(sqlx::query_as(sql).bind(&post.channel_id).bind(limit)
            .bind(offset).bind(post.create_at).bind(&post.id).fetch(conn)).await)?;
        posts.reverse();
        Ok(posts)
    }

    /// Returns the first post of a channel after a moment.
    pub async fn first_post_after(
        &self,
        channel: &ChannelId,
        moment: Timestamp,
    ) -> Result<Option<Post>, StoreError> {
        read!(self.db, conn => sqlx::query_as(FIRST_AFTER).bind(channel).bind(moment)
            .fetch_optional(conn).await)
    }

    /// Returns the channel's posts that were created, edited or deleted after a moment, newest first.
    pub async fn posts_since(
        &self,
        channel: &ChannelId,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(SINCE);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(channel).bind(since).bind(limit).fetch(conn)).await)
    }

    /// Returns a channel's pinned posts, newest first.
    pub async fn pinned_posts(&self, channel: &ChannelId, limit: i64) -> Result<Vec<Post>, StoreError> {
        read!(self.db, conn => fill(sqlx::query_as(self.db.of(PINNED)).bind(channel).bind(limit).fetch(conn)).await)
    }

    /// Returns how many posts of a channel are pinned.
    pub async fn pinned_count(&self, channel: &ChannelId) -> Result<i64, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(PINNED_COUNT).bind(channel).fetch_one(conn).await)
    }

    /// Returns replies of a thread next to a position: earlier ones, newest first, or later ones, oldest first. The
    /// position is a moment, and the id of a post of that moment or the empty text.
    pub async fn replies(
        &self,
        root: &PostId,
        (moment, post): (Timestamp, &str),
        down: bool,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(if down { REPLIES_DOWN } else { REPLIES_UP });
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(root).bind(limit).bind(moment).bind(post)
            .fetch(conn)).await)
    }

    /// Returns a page of the posts that the user flagged in the user's channels, newest first: of one channel, or of
    /// one team and of no team, if given.
    pub async fn flagged_posts(
        &self,
        user: &UserId,
        channel: Option<&ChannelId>,
        team: Option<&TeamId>,
        (offset, limit): (i64, i64),
    ) -> Result<Vec<Post>, StoreError> {
        let channel = channel.map_or("", |id| id.as_str());
        let team = team.map_or("", |id| id.as_str());
        let sql = self.db.of(FLAGGED);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(user).bind(FLAGGED_CATEGORY).bind(channel).bind(team)
            .bind(limit).bind(offset).fetch(conn)).await)
    }

    /// Deletes up to `limit` keys from before this time, and returns how many.
    pub async fn purge_made_once(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        unit!(
            self.beside_cache(),
            "delete from made_once where key in (select key from made_once where create_at < $1 limit $2)",
            [before, limit]
        )
        .await
    }

    /// Returns when the newest post or notice was created, by its id: an imported post has the id of its import.
    pub async fn newest_stamp(&self) -> Result<Option<Timestamp>, StoreError> {
        let (post, notice): (Option<PostId>, Option<NoticeId>) = read!(self.db, conn => sqlx::query_as(
            "select (select max(id) from posts), (select max(id) from notices)").fetch_one(conn).await)?;
        let stamps = [post.and_then(|id| id.created_at()), notice.and_then(|id| id.created_at())];
        Ok(stamps.into_iter().flatten().max())
    }

    /// Returns the post that was created under a key.
    pub async fn post_made_once(&self, key: &str) -> Result<Option<PostId>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar("select post_id from made_once where key = $1")
            .bind(key).fetch_optional(conn).await)
    }
}
