//! `emoji`: custom emoji. Their pictures are in the blob store.

use std::collections::HashSet;

use const_format::concatcp;
use sqlx::types::Json;

use super::{Db, Store, StoreError, sql};
use crate::model::{Emoji, EmojiId};

const SELECT_EMOJI: &str = "select id, creator_id, name, mime_type, create_at, update_at from emoji ";

const BY_AGE: &str = concatcp!(SELECT_EMOJI, "order by id limit $1 offset $2");
const BY_NAME: &str = concatcp!(SELECT_EMOJI, "order by name limit $1 offset $2");
// `_` is the only character of a name that is special in `like`. It is escaped.
const MATCHING: &str = concatcp!(SELECT_EMOJI, "where name like $1 escape '!' order by name limit $2");
const NAMED: [&str; 2] = over_texts!(concatcp!(SELECT_EMOJI, "where name in"), "$1", "order by name");
const KNOWN: [&str; 2] = over_texts!("select id from emoji where id in", "$1", "");

impl Store {
    /// Creates an emoji. Returns false if there are `limit` already, and `Conflict` if the name is taken.
    pub async fn create_emoji(&self, emoji: Emoji, limit: i64) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let count: i64 =
                    on_tx!(tx, conn => sqlx::query_scalar("select count(*) from emoji").fetch_one(conn).await?);
                if count >= limit {
                    return Ok(false);
                }
                let Emoji { id, creator_id, name, mime_type, create_at, update_at } = &emoji;
                run!(
                    tx,
                    "insert into emoji (id, creator_id, name, mime_type, create_at, update_at) \
                     values ($1, $2, $3, $4, $5, $6)",
                    [id, creator_id, name, mime_type, create_at, update_at]
                )
                .await?;
                Ok(true)
            })
        })
        .await
    }

    /// Deletes an emoji. Returns whether it existed.
    pub async fn delete_emoji(&self, id: &EmojiId) -> Result<bool, StoreError> {
        let id = id.clone();
        let rows = unit!(self, "delete from emoji where id = $1", [&id]).await?;
        Ok(rows == 1)
    }

    pub async fn emoji(&self, id: &EmojiId) -> Result<Option<Emoji>, StoreError> {
        read!(self.db, conn => sqlx::query_as(concatcp!(SELECT_EMOJI, "where id = $1"))
            .bind(id).fetch_optional(conn).await)
    }

    /// Returns which of these emoji exist.
    pub async fn known_emoji(&self, ids: &[EmojiId]) -> Result<HashSet<EmojiId>, StoreError> {
        let sql = self.db.of(KNOWN);
        let rows: Vec<EmojiId> =
            read!(self.db, conn => sqlx::query_scalar(sql).bind(Json(ids)).fetch_all(conn).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Returns the emoji with these names, by name.
    pub async fn emoji_named(&self, names: &[String]) -> Result<Vec<Emoji>, StoreError> {
        let sql = self.db.of(NAMED);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(names)).fetch_all(conn).await)
    }

    /// Returns a page of emoji, oldest first or by name.
    pub async fn emoji_page(&self, by_name: bool, offset: i64, limit: i64) -> Result<Vec<Emoji>, StoreError> {
        let page = if by_name { BY_NAME } else { BY_AGE };
        read!(self.db, conn => sqlx::query_as(page).bind(limit).bind(offset).fetch_all(conn).await)
    }

    /// Returns the emoji whose name starts with `term` or, with `anywhere`, contains it, by name.
    pub async fn emoji_matching(
        &self,
        term: &str,
        anywhere: bool,
        limit: i64,
    ) -> Result<Vec<Emoji>, StoreError> {
        let pattern = if anywhere { sql::containing(term) } else { sql::beginning_with(term) };
        read!(self.db, conn => sqlx::query_as(MATCHING).bind(&pattern).bind(limit).fetch_all(conn).await)
    }
}
