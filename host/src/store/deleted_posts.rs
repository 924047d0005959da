//! Lists of a channel's posts with the deleted ones among them, for administrators. Of a deleted post its place, its
//! times and who deleted it remain. They end early where they fill a response: see [`fill`].

use const_format::concatcp;

use super::list::fill;
use super::posts::{
    EARLY_HEAD, EARLY_ROWS, EARLY_TAIL, NEWEST_FIRST, OLDEST_FIRST, SELECT_POST, ending_early,
};
use super::{Db, Store, StoreError};
use crate::model::{ChannelId, Post};

const PAGE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and (root_id is null or not $4) \
     order by create_at desc, id desc limit $2 offset $3"
    ),
    NEWEST_FIRST
);
const BEFORE: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and (create_at, id) < ($4, $5) and (root_id is null or not $6) \
     order by create_at desc, id desc limit $2 offset $3"
    ),
    NEWEST_FIRST
);
const AFTER: [&str; 2] = ending_early!(
    concatcp!(
        SELECT_POST,
        "where channel_id = $1 and (create_at, id) > ($4, $5) and (root_id is null or not $6) \
     order by create_at, id limit $2 offset $3"
    ),
    OLDEST_FIRST
);

impl Store {
    /// As [`Store::posts`], with deleted posts and, if wanted, without replies.
    pub async fn posts_with_deleted(
        &self,
        channel: &ChannelId,
        without_replies: bool,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(PAGE);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(channel).bind(limit).bind(offset)
            .bind(without_replies).fetch(conn)).await)
    }

    /// As [`Store::posts_before`], with deleted posts and, if wanted, without replies.
    pub async fn posts_with_deleted_before(
        &self,
        post: &Post,
        without_replies: bool,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(BEFORE);
        read!(self.db, conn => fill(sqlx::query_as(sql).bind(&post.channel_id).bind(limit).bind(offset)
            .bind(post.create_at).bind(&post.id).bind(without_replies).fetch(conn)).await)
    }

    /// As [`Store::posts_after`], with deleted posts and, if wanted, without replies.
    pub async fn posts_with_deleted_after(
        &self,
        post: &Post,
        without_replies: bool,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        let sql = self.db.of(AFTER);
        let mut posts: Vec<Post> = read!(self.db, conn => fill(sqlx::query_as(sql).bind(&post.channel_id).bind(limit)
            .bind(offset).bind(post.create_at).bind(&post.id).bind(without_replies).fetch(conn)).await)?;
        posts.reverse();
        Ok(posts)
    }
}
