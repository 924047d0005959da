//! Changes of existing posts, and the pending ids that clients give to posts before the server creates them.

use const_format::concatcp;
use serde_json::Map;

use super::list::fill;
use super::posts::{ANY, SELECT_POST};
use super::sqlite::{Batch, over_rows};
use super::{Connection, Db, Store, StoreError, Tx};
use crate::model::{
    Changes, MAX_VERSIONS, Post, PostDeletion, PostEdit, PostId, PostVersion, Props, Timestamp, UserId,
};

const EXISTING: &str = concatcp!(SELECT_POST, "where id = $1 and delete_at = 0");
const DELETE_EXPIRED: [&str; 2] = over_rows!(
    "with new (user_id, at) as (select value ->> 0, cast(value ->> 1 as bigint)",
    ") delete from pending_posts where (user_id, pending_id) in (select p.user_id, p.pending_id from new \
     join pending_posts p on p.user_id = new.user_id and p.expires_at <= new.at)"
);
const INSERT_PENDING: [&str; 2] = over_rows!(
    "insert into pending_posts (user_id, pending_id, post_id, expires_at) \
     select value ->> 0, value ->> 1, value ->> 2, cast(value ->> 3 as bigint)",
    ""
);

const KEEP_VERSION: &str = "insert into post_versions (post_id, message, props, create_at, update_at, edit_at, \
    replaced_at) select id, message, props, create_at, update_at, edit_at, $2 from posts where id = $1 and delete_at = 0";
const FORGET_OLD_VERSIONS: &str = "delete from post_versions where post_id = $1 and number <= \
    (select v.number from post_versions v where v.post_id = $1 order by v.number desc limit 1 offset $2)";
const VERSIONS: &str = "select number, message, props, create_at, update_at, edit_at, replaced_at from post_versions \
    where post_id = $1 order by number desc limit $2";

/// PostgreSQL only. The replies and the root of a deleted post change with it. Not `for update`, which would wait for
/// new replies, whose foreign keys hold the root.
const LOCK: &str = "select id from posts where id in (select unnest($1::text[]) \
    union select root_id from posts where id = any($2) and root_id is not null \
    union select id from posts where root_id = any($2)) order by id collate \"C\" for no key update";

impl Store {
    /// Edits a post and returns it. Returns `None` if it does not exist or was deleted.
    pub async fn edit_post(&self, edit: PostEdit) -> Result<Option<Post>, StoreError> {
        self.beside_cache().write(move |tx| Box::pin(async move { self::edit(tx, &edit).await })).await
    }

    /// Deletes a post, and the whole thread if the post starts one. The rows stay without their content, for clients
    /// that request changes since a moment. Returns the post with the content that it had, or `None` if it does not
    /// exist or was deleted before.
    pub async fn delete_post(&self, deletion: PostDeletion) -> Result<Option<Post>, StoreError> {
        self.beside_cache().write(move |tx| Box::pin(async move { delete(tx, &deletion).await })).await
    }

    /// Returns the earlier texts of a post, the latest first, until they fill a response.
    pub async fn post_versions(&self, post: &PostId) -> Result<Vec<PostVersion>, StoreError> {
        read!(self.db, conn => fill(sqlx::query_as(VERSIONS).bind(post).bind(MAX_VERSIONS).fetch(conn)).await)
    }

    /// Returns the unexpired post with this pending id. It is read through the writer, which waits for the commit of
    /// that id.
    pub async fn pending_post(
        &self,
        user: UserId,
        pending_id: String,
        now: Timestamp,
    ) -> Result<Option<PostId>, StoreError> {
        self.beside_cache().write(move |tx| {
            Box::pin(async move {
                Ok(on_tx!(tx, conn => sqlx::query_scalar(
                    "select post_id from pending_posts where user_id = $1 and pending_id = $2 and expires_at > $3")
                    .bind(user).bind(pending_id).bind(now).fetch_optional(conn).await?))
            })
        })
        .await
    }
}

/// Locks the existing posts that a unit of work changes, by their ids: of two units, one waits for the other before it
/// has changed any. SQLite has one writer, so nothing waits there.
pub(super) async fn lock(tx: &mut Tx, changes: &Changes) -> Result<(), StoreError> {
    let Connection::Postgres(conn) = &mut tx.connection else { return Ok(()) };
    let deleted: Vec<&str> = changes.deletions.iter().map(|deletion| deletion.id.as_str()).collect();
    let mut all = deleted.clone();
    all.extend(changes.edits.iter().map(|edit| edit.id.as_str()));
    all.extend(changes.reactions.iter().map(|change| change.post_id().as_str()));
    if all.len() > 1 {
        sqlx::query(LOCK).bind(all).bind(deleted).execute(&mut **conn).await?;
    }
    Ok(())
}

/// Edits a post and returns it. Returns `None` if it does not exist or was deleted.
pub(super) async fn edit(tx: &mut Tx, edit: &PostEdit) -> Result<Option<Post>, StoreError> {
    if edit.is_edited {
        run!(tx, KEEP_VERSION, [&edit.id, edit.at]).await?;
        run!(tx, FORGET_OLD_VERSIONS, [&edit.id, MAX_VERSIONS]).await?;
    }
    let changed = run!(
        tx,
        "update posts set message = coalesce($2, message), props = coalesce($3, props), is_pinned \
         = coalesce($4, is_pinned), update_at = $5, edit_at = case when $6 then $5 else edit_at \
         end where id = $1 and delete_at = 0",
        [&edit.id, &edit.message, &edit.props, edit.is_pinned, edit.at, edit.is_edited]
    )
    .await?;
    if changed == 0 {
        return Ok(None);
    }
    let post: Post = on_tx!(tx, conn => sqlx::query_as(ANY).bind(&edit.id).fetch_one(conn).await?);
    if edit.message.is_some() || edit.props.is_some() {
        super::search::remove(tx, &post.id).await?;
        let mut batch = Batch::of(tx);
        super::search::insert(&mut batch, &[&post]).await?;
        batch.run().await?;
    }
    Ok(Some(post))
}

pub(super) async fn delete(tx: &mut Tx, deletion: &PostDeletion) -> Result<Option<Post>, StoreError> {
    let PostDeletion { id, user_id, at, mentioned } = deletion;
    let at = *at;
    // The thread's first post first: a concurrent reply and deletion change the same row, so that one waits for the
    // other.
    run!(
        tx,
        "update posts set update_at = $2 where delete_at = 0 \
         and id = coalesce((select p.root_id from posts p where p.id = $1), $1)",
        [id, at]
    )
    .await?;
    let Some(mut post) =
        on_tx!(tx, conn => sqlx::query_as::<_, Post>(EXISTING).bind(id).fetch_optional(conn).await?)
    else {
        return Ok(None);
    };
    super::search::remove_thread(tx, id).await?;
    run!(
        tx,
        "delete from post_versions where post_id in (select id from posts where id = $1 or root_id = $1)",
        [id]
    )
    .await?;
    run!(tx, "delete from drafts where root_id = $1", [id]).await?;
    super::files::remove_thread(tx, id, at).await?;
    // v4 names the user in this prop, and sends a deleted post without any other content.
    let props = Props::from(Map::from_iter([("deleteBy".to_owned(), user_id.as_str().into())]));
    run!(
        tx,
        "update posts set delete_at = $2, update_at = $2, message = '', props = $3, priority = '', \
         requested_ack = false, has_reactions = false where (id = $1 or root_id = $1) and delete_at = 0",
        [id, at, &props]
    )
    .await?;
    if let Some(root) = &post.root_id {
        forget_reply(tx, root, at).await?;
        super::threads::forget_reply(tx, root, &post, mentioned).await?;
    }
    (post.delete_at, post.update_at) = (at, at);
    Ok(Some(post))
}

async fn forget_reply(tx: &mut Tx, root: &PostId, at: Timestamp) -> Result<(), StoreError> {
    run!(
        tx,
        "update posts set reply_count = reply_count - 1, update_at = $2, last_reply_at = coalesce( \
         (select max(r.create_at) from posts r where r.root_id = $1 and r.delete_at = 0), 0) \
         where id = $1 and delete_at = 0",
        [root, at]
    )
    .await?;
    Ok(())
}

/// Inserts pending ids. Returns `Conflict` if the account has a post with this pending id.
pub(super) async fn insert_pending(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let pending: Vec<_> = all.iter().filter_map(|changes| changes.pending.as_ref()).collect();
    // Only those of the same accounts, because no other unit of work waits for these rows.
    let expired: Vec<_> = pending.iter().map(|pending| (&pending.user_id, pending.at)).collect();
    batch.push_list(DELETE_EXPIRED, &expired).await?;
    let named = pending
        .iter()
        .map(|pending| (&pending.user_id, &pending.pending_id, &pending.post_id, pending.expires_at));
    batch.push_list(INSERT_PENDING, &named.collect::<Vec<_>>()).await
}
