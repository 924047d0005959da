//! Changes of posts that exist, and the names clients give to posts before they do.

use sqlx::types::Json;

use super::changes::Statements;
use super::posts::select_post;
use super::{Store, StoreError, Tx};
use crate::model::{PendingPost, Post, PostDeletion, PostEdit, PostId, Timestamp, UserId};

const ANY: &str = select_post!("where id = $1");
const EXISTING: &str = select_post!("where id = $1 and delete_at = 0");

impl Store {
    /// Changes a post that was not deleted: how it is then, or none.
    pub async fn edit_post(&self, edit: PostEdit) -> Result<Option<Post>, StoreError> {
        self.write(move |tx| Box::pin(async move { self::edit(tx, &edit).await })).await
    }

    /// Deletes a post, and the whole thread with its first post. The rows stay, for clients that ask what changed.
    /// How it is then; none when it was deleted before.
    pub async fn delete_post(&self, id: PostId, at: Timestamp) -> Result<Option<Post>, StoreError> {
        let deletion = PostDeletion { id, at };
        self.write(move |tx| Box::pin(async move { delete(tx, &deletion).await })).await
    }

    /// The unexpired post under this pending id, read through the writer so as to wait for the commit that took the id.
    pub async fn pending_post(
        &self,
        user: UserId,
        pending_id: String,
        now: Timestamp,
    ) -> Result<Option<PostId>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                Ok(on_tx!(tx, conn => sqlx::query_scalar(
                    "select post_id from pending_posts where user_id = $1 and pending_id = $2 and expires_at > $3")
                    .bind(user).bind(pending_id).bind(now).fetch_optional(conn).await?))
            })
        })
        .await
    }
}

/// The post as edited; `None` if it does not exist or was deleted.
pub(super) async fn edit(tx: &mut Tx, edit: &PostEdit) -> Result<Option<Post>, StoreError> {
    let changed = on_tx!(tx, conn => sqlx::query(
        "update posts set message = coalesce($2, message), props = coalesce($3, props), \
         is_pinned = coalesce($4, is_pinned), update_at = $5, edit_at = case when $6 then $5 else edit_at end \
         where id = $1 and delete_at = 0")
        .bind(&edit.id).bind(&edit.message).bind(edit.props.as_ref().map(Json)).bind(edit.is_pinned).bind(edit.at)
        .bind(edit.is_edited).execute(conn).await?.rows_affected());
    if changed == 0 {
        return Ok(None);
    }
    let post: Post = on_tx!(tx, conn => sqlx::query_as(ANY).bind(&edit.id).fetch_one(conn).await?);
    if edit.message.is_some() || edit.props.is_some() {
        super::search::remove(tx, &post.id).await?;
        let mut statements = Statements::of(tx);
        super::search::insert(&mut statements, &[&post]).await?;
        statements.run().await?;
    }
    Ok(Some(post))
}

pub(super) async fn delete(tx: &mut Tx, deletion: &PostDeletion) -> Result<Option<Post>, StoreError> {
    let PostDeletion { id, at } = deletion;
    let at = *at;
    // The thread's first post first: whoever answers in it or deletes from it meanwhile changes the same row, and one
    // waits for the other.
    on_tx!(tx, conn => sqlx::query(
        "update posts set update_at = $2 where delete_at = 0 \
         and id = coalesce((select p.root_id from posts p where p.id = $1), $1)")
        .bind(id).bind(at).execute(conn).await?.rows_affected());
    let Some(mut post) =
        on_tx!(tx, conn => sqlx::query_as::<_, Post>(EXISTING).bind(id).fetch_optional(conn).await?)
    else {
        return Ok(None);
    };
    super::search::remove_thread(tx, id).await?;
    super::files::remove_thread(tx, id, at).await?;
    on_tx!(tx, conn => sqlx::query(
        "update posts set delete_at = $2, update_at = $2 where (id = $1 or root_id = $1) and delete_at = 0")
        .bind(id).bind(at).execute(conn).await?.rows_affected());
    if let Some(root) = &post.root_id {
        forget_reply(tx, root, at).await?;
    }
    (post.delete_at, post.update_at) = (at, at);
    Ok(Some(post))
}

async fn forget_reply(tx: &mut Tx, root: &PostId, at: Timestamp) -> Result<(), StoreError> {
    on_tx!(tx, conn => sqlx::query(
        "update posts set reply_count = reply_count - 1, update_at = $2, last_reply_at = coalesce( \
         (select max(r.create_at) from posts r where r.root_id = $1 and r.delete_at = 0), 0) \
         where id = $1 and delete_at = 0")
        .bind(root).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// `Conflict`: the account has a post of this name already.
pub(super) async fn insert_pending(tx: &mut Tx, pending: &PendingPost) -> Result<(), StoreError> {
    let written = on_tx!(tx, conn => {
        // Only the account's own: nobody else waits for these rows.
        sqlx::query("delete from pending_posts where user_id = $1 and expires_at <= $2")
            .bind(&pending.user_id).bind(pending.at).execute(&mut *conn).await?;
        sqlx::query(
            "insert into pending_posts (user_id, pending_id, post_id, expires_at) values ($1, $2, $3, $4) \
             on conflict (user_id, pending_id) do nothing")
            .bind(&pending.user_id).bind(&pending.pending_id).bind(&pending.post_id).bind(pending.expires_at)
            .execute(conn).await?.rows_affected()
    });
    if written == 0 { Err(StoreError::conflict()) } else { Ok(()) }
}
