//! `posts`, and the keys under which a post is made only once. Writing them is `changes`' business.

use super::{Db, Store, StoreError};
use crate::model::{ChannelId, Post, PostId, Timestamp};

macro_rules! select_post {
    ($rest:literal) => {
        concat!(
            "select id, channel_id, user_id, root_id, message, kind, props, pending_post_id, is_pinned, reply_count, ",
            "last_reply_at, create_at, update_at, edit_at, delete_at from posts ", $rest
        )
    };
}

const BY_ID: &str = select_post!("where id = $1 and delete_at = 0");
const PAGE: &str = select_post!(
    "where channel_id = $1 and delete_at = 0 order by create_at desc, id desc limit $2 offset $3"
);
const SINCE: &str =
    select_post!("where channel_id = $1 and update_at > $2 order by create_at desc, id desc limit $3");
const THREAD: &str = select_post!(
    "where (id = $1 or root_id = $1) and delete_at = 0 order by create_at desc, id desc limit $2"
);

impl Store {
    /// A post that was not deleted.
    pub async fn post(&self, id: &PostId) -> Result<Option<Post>, StoreError> {
        Ok(on_read!(self.db, pool => sqlx::query_as(BY_ID).bind(id).fetch_optional(pool).await?))
    }

    /// A page of a channel, newest first.
    pub async fn posts(&self, channel: &ChannelId, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        Ok(
            on_read!(self.db, pool => sqlx::query_as(PAGE).bind(channel).bind(limit).bind(offset).fetch_all(pool).await?),
        )
    }

    /// What was made, edited or deleted in a channel after a moment, newest first.
    pub async fn posts_since(
        &self,
        channel: &ChannelId,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        Ok(
            on_read!(self.db, pool => sqlx::query_as(SINCE).bind(channel).bind(since).bind(limit).fetch_all(pool).await?),
        )
    }

    /// A root post and its answers, newest first.
    pub async fn thread(&self, root: &PostId, limit: i64) -> Result<Vec<Post>, StoreError> {
        Ok(on_read!(self.db, pool => sqlx::query_as(THREAD).bind(root).bind(limit).fetch_all(pool).await?))
    }

    /// The post that was made under a key, if one was.
    pub async fn post_made_once(&self, key: &str) -> Result<Option<PostId>, StoreError> {
        Ok(on_read!(self.db, pool => sqlx::query_scalar("select post_id from made_once where key = $1")
            .bind(key).fetch_optional(pool).await?))
    }
}
