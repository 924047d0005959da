//! Lists of a channel's posts without replies, for clients that collapse threads. They end early where they fill a
//! response: see [`fill`].

use const_format::concatcp;

use super::list::fill;
use super::posts::{
    EARLY_HEAD, EARLY_ROWS, EARLY_TAIL, NEWEST_FIRST, OLDEST_FIRST, SELECT_POST, ending_early,
};
use super::{Db, Store, StoreError};
use crate::model::{ChannelId, Post, Timestamp};

const PAGE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and root_id is null and delete_at = 0 \
     order by create_at desc, id desc limit $2 offset $3"
    ),
    NEWEST_FIRST
);
const BEFORE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and (create_at, id) < ($4, $5) and root_id is null and delete_at = 0 \
     order by create_at desc, id desc limit $2 offset $3"
    ),
    NEWEST_FIRST
);
const AFTER: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and (create_at, id) > ($4, $5) and root_id is null and delete_at = 0 \
     order by create_at, id limit $2 offset $3"
    ),
    OLDEST_FIRST
);
const FIRST_AFTER: &str = concatcp!(
    SELECT_POST,
    "where channel_id = $1 and create_at > $2 and root_id is null and delete_at = 0 order by create_at, id limit 1"
);
/// A reply changes its thread's first post, so threads with new replies are listed too.
const SINCE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and create_at > $2 and root_id is null union all ",
        SELECT_POST,
        "where channel_id = $1 and update_at > $2 and update_at > create_at and create_at <= $2 and root_id is null \
     order by create_at desc, id desc limit $3"
    ),
    NEWEST_FIRST
);

impl Store {
    /// As [`Store::posts`].
    pub async fn root_posts(
        &self,
        channel: &ChannelId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(PAGE);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(channel).bind(limit).bind(offset).fetch(conn)).await)
    }

    /// As [`Store::posts_before`].
    pub async fn root_posts_before(
        &self,
        post: &Post,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(BEFORE);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(&post.channel_id).bind(limit).bind(offset)
            .bind(post.create_at).bind(&post.id).fetch(conn)).await)
    }

    /// As [`Store::posts_after`].
    pub async fn root_posts_after(
        &self,
        post: &Post,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(AFTER);
        let mut posts: Vec<Post> = read!(self.db, conn => fill(sqlx::query_as(sql).bind(&post.channel_id).bind(limit)
            .bind(offset).bind(post.create_at).bind(&post.id).fetch(conn)).await)?;
        posts.reverse();
        Ok(posts)
    }

    /// As [`Store::first_post_after`].
    pub async fn first_root_post_after(
        &self,
        channel: &ChannelId,
        moment: Timestamp,
    ) -> Result<Option<Post>, StoreError> {
        read!(self.db, conn => sqlx::query_as(FIRST_AFTER).bind(channel).bind(moment)
            .fetch_optional(conn).await)
    }

    /// As [`Store::posts_since`].
    pub async fn root_posts_since(
        &self,
        channel: &ChannelId,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(SINCE);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(channel).bind(since).bind(limit).fetch(conn)).await)
    }
}
