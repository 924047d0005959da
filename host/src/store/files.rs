//! `files`: uploaded files, and the posts they are attached to. The bytes are in the blob store.

use std::collections::HashSet;

use const_format::concatcp;
use sqlx::types::Json;

use super::sqlite::{Batch, Expect, lock_rows, over_rows};
use super::{Db, Store, StoreError, Tx};
use crate::model::{Changes, ChannelId, FileId, FileInfo, PostId, Timestamp, UserId, folded};

const SELECT_FILE: &str = "select id, user_id, channel_id, post_id, name, size, mime_type, width, height, \
    create_at, update_at from files ";

const BY_ID: &str = concatcp!(SELECT_FILE, "where id = $1 and delete_at = 0");
const OF_POSTS: [&str; 2] = over_texts!(
    concatcp!(SELECT_FILE, "where post_id in"),
    "$1",
    "and delete_at = 0 order by post_id, position"
);
const KNOWN: [&str; 2] = over_texts!("select id from files where id in", "$1", "");
const AMONG: [&str; 2] =
    over_texts!(concatcp!(SELECT_FILE, "where post_id is null and delete_at = 0 and id in"), "$1", "");
const WAITING_AMONG: [&str; 2] = over_texts!(
    "select id from files where user_id = $1 and post_id is null and delete_at = 0 and id in",
    "$2",
    ""
);
/// A file goes to the channel of its post, whatever channel it was uploaded for.
const ATTACH: [&str; 2] = over_rows!(
    "with new (id, post_id, channel_id, position, at) as (select value ->> 0, value ->> 1, value ->> 2, \
     cast(value ->> 3 as bigint), cast(value ->> 4 as bigint)",
    ") update files set post_id = new.post_id, channel_id = coalesce(new.channel_id, files.channel_id), \
     position = new.position, update_at = new.at from new \
     where files.id = new.id and files.post_id is null and files.delete_at = 0"
);
const LOCK: &str = lock_rows!("files", "id", "value ->> 0");

impl Store {
    /// Writes the rows of uploaded files, all or none.
    pub async fn create_files(&self, files: Vec<FileInfo>) -> Result<(), StoreError> {
        self.beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    for file in &files {
                        insert(tx, file).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    pub async fn file(&self, id: &FileId) -> Result<Option<FileInfo>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns the files of these posts, by post and position.
    pub async fn files_of(&self, posts: &[PostId]) -> Result<Vec<FileInfo>, StoreError> {
        let sql = self.db.of(OF_POSTS);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(posts)).fetch_all(conn).await)
    }

    /// Returns how many files are attached to the posts of a channel.
    pub async fn file_count(&self, channel: &ChannelId) -> Result<i64, StoreError> {
        const COUNT: &str =
            "select count(*) from files where channel_id = $1 and post_id is not null and delete_at = 0";
        read!(self.db, conn => sqlx::query_scalar(COUNT).bind(channel).fetch_one(conn).await)
    }

    /// Returns how many of the user's files are not attached to a post yet.
    pub async fn waiting_files(&self, user: &UserId) -> Result<i64, StoreError> {
        const COUNT: &str =
            "select count(*) from files where user_id = $1 and post_id is null and delete_at = 0";
        read!(self.db, conn => sqlx::query_scalar(COUNT).bind(user).fetch_one(conn).await)
    }

    /// Returns those of these files that the user uploaded and that no post has.
    pub async fn waiting_among(&self, user: &UserId, ids: &[FileId]) -> Result<HashSet<FileId>, StoreError> {
        let sql = self.db.of(WAITING_AMONG);
        let rows: Vec<FileId> =
            read!(self.db, conn => sqlx::query_scalar(sql).bind(user).bind(Json(ids)).fetch_all(conn).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Returns those of these files that no post has, in any order.
    pub async fn files_among(&self, ids: &[FileId]) -> Result<Vec<FileInfo>, StoreError> {
        let sql = self.db.of(AMONG);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(ids)).fetch_all(conn).await)
    }

    /// Marks files as removed that were uploaded before a moment and are not attached to a post.
    pub async fn expire_files(&self, before: Timestamp, at: Timestamp) -> Result<(), StoreError> {
        unit!(
            self.beside_cache(),
            "update files set delete_at = $2, update_at = $2 \
             where post_id is null and delete_at = 0 and create_at < $1",
            [before, at]
        )
        .await?;
        Ok(())
    }

    /// Returns files that are marked as removed and whose bytes may still exist.
    pub async fn removed_files(&self, limit: i64) -> Result<Vec<FileId>, StoreError> {
        const REMOVED: &str =
            "select id from files where (post_id is null or delete_at > 0) and delete_at > 0 limit $1";
        read!(self.db, conn => sqlx::query_scalar(REMOVED).bind(limit).fetch_all(conn).await)
    }

    /// Returns which of these files have a row.
    pub async fn known_files(&self, ids: &[FileId]) -> Result<HashSet<FileId>, StoreError> {
        let sql = self.db.of(KNOWN);
        let rows: Vec<FileId> =
            read!(self.db, conn => sqlx::query_scalar(sql).bind(Json(ids)).fetch_all(conn).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Deletes the rows of removed files. Call it after their bytes are deleted.
    pub async fn delete_files(&self, files: Vec<FileId>) -> Result<(), StoreError> {
        self.beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    for file in &files {
                        run!(tx, "delete from files where id = $1 and delete_at > 0", [file]).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

async fn insert(tx: &mut Tx, file: &FileInfo) -> Result<(), StoreError> {
    run!(
        tx,
        "insert into files (id, user_id, channel_id, post_id, position, name, size, mime_type, \
         width, height, create_at, update_at, folded_name) values ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10, \
         $11, $12)",
        [
            &file.id,
            &file.user_id,
            &file.channel_id,
            &file.post_id,
            &file.name,
            file.size,
            &file.mime_type,
            file.width,
            file.height,
            file.create_at,
            file.update_at,
            folded(&file.name)
        ]
    )
    .await?;
    Ok(())
}

/// Attaches files to posts, in their order. Returns `Conflict` if a file is attached to another post.
pub(super) async fn attach(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let mut attached = Vec::new();
    for changes in all {
        for (post, files) in &changes.files {
            let at = changes.made_at(post);
            let channel = changes.posts.iter().find(|made| made.id == *post).map(|made| &made.channel_id);
            let rows = (0_i64..).zip(files).map(|(position, file)| (file, post, channel, position, at));
            attached.extend(rows);
        }
    }
    batch.push_locked(ATTACH, LOCK, &attached, Expect::EveryRowOrConflict).await
}

/// Marks as removed the files of a deleted post and of its replies.
pub(super) async fn remove_thread(tx: &mut Tx, post: &PostId, at: Timestamp) -> Result<(), StoreError> {
    run!(
        tx,
        "update files set delete_at = $2, update_at = $2 where delete_at = 0 \
         and post_id in (select id from posts where id = $1 or root_id = $1)",
        [post, at]
    )
    .await?;
    Ok(())
}
