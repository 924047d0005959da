//! One unit of work as data: posts with their counters, stored values, events and the receipt, all or nothing.

use sqlx::types::Json;

use super::{Store, StoreError, Tx};
use crate::model::{Changes, ChannelId, Event, Post, PostId, Receipt, Timestamp};

impl Store {
    /// Writes everything in `changes` in one transaction.
    ///
    /// `Conflict`: a stored value has another version than expected, a key of `once` is taken, or the receipt's
    /// delivery was recorded before; nothing is written then.
    pub async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let events = !changes.events.is_empty();
        self.write(move |tx| Box::pin(async move { apply(tx, &changes).await })).await?;
        if events {
            self.events_written.notify_one();
        }
        Ok(())
    }
}

async fn apply(tx: &mut Tx, changes: &Changes) -> Result<(), StoreError> {
    for post in &changes.posts {
        insert_post(tx, post).await?;
    }
    for (channel, count, at) in per_channel(&changes.posts) {
        on_tx!(tx, conn => sqlx::query(
            "update channels set total_msg_count = total_msg_count + $2, \
             last_post_at = case when last_post_at > $3 then last_post_at else $3 end where id = $1")
            .bind(channel).bind(count).bind(at).execute(conn).await?.rows_affected());
    }
    for (key, post) in &changes.once {
        insert_once(tx, key, post, changes).await?;
    }
    for change in &changes.values {
        super::values::apply(tx, change).await?;
    }
    for event in &changes.events {
        insert_event(tx, event).await?;
    }
    if let Some(receipt) = &changes.receipt {
        insert_receipt(tx, receipt).await?;
    }
    Ok(())
}

/// Each channel once, with how many posts it gets and when the last of them was.
fn per_channel(posts: &[Post]) -> Vec<(&ChannelId, i64, Timestamp)> {
    let mut counted: Vec<(&ChannelId, i64, Timestamp)> = Vec::new();
    for post in posts {
        match counted.iter_mut().find(|(channel, ..)| *channel == &post.channel_id) {
            Some((_, count, at)) => {
                *count += 1;
                *at = (*at).max(post.create_at);
            }
            None => counted.push((&post.channel_id, 1, post.create_at)),
        }
    }
    counted
}

async fn insert_post(tx: &mut Tx, post: &Post) -> Result<(), StoreError> {
    on_tx!(tx, conn => {
        sqlx::query(
            "insert into posts (id, channel_id, user_id, root_id, message, kind, props, pending_post_id, is_pinned, \
             reply_count, last_reply_at, create_at, update_at, edit_at, delete_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)")
            .bind(&post.id).bind(&post.channel_id).bind(&post.user_id).bind(&post.root_id).bind(&post.message)
            .bind(&post.kind).bind(Json(&post.props)).bind(&post.pending_post_id).bind(post.is_pinned)
            .bind(post.reply_count).bind(post.last_reply_at).bind(post.create_at).bind(post.update_at)
            .bind(post.edit_at).bind(post.delete_at).execute(&mut *conn).await?;
        if let Some(root) = &post.root_id {
            sqlx::query("update posts set reply_count = reply_count + 1, last_reply_at = $2, update_at = $2 where id = $1")
                .bind(root).bind(post.create_at).execute(conn).await?;
        }
    });
    Ok(())
}

async fn insert_once(tx: &mut Tx, key: &str, post: &PostId, changes: &Changes) -> Result<(), StoreError> {
    let at = changes.posts.iter().find(|p| &p.id == post).map_or(Timestamp::NEVER, |p| p.create_at);
    on_tx!(tx, conn => sqlx::query("insert into made_once (key, post_id, create_at) values ($1, $2, $3)")
        .bind(key).bind(post).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

async fn insert_event(tx: &mut Tx, event: &Event) -> Result<(), StoreError> {
    on_tx!(tx, conn => sqlx::query(
        "insert into events (id, kind, channel_id, post_id, user_id, hops, create_at, claimed_until) \
         values ($1, $2, $3, $4, $5, $6, $7, 0)")
        .bind(&event.id).bind(event.kind).bind(&event.channel_id).bind(&event.post_id).bind(&event.user_id)
        .bind(event.hops).bind(event.create_at).execute(conn).await?.rows_affected());
    Ok(())
}

async fn insert_receipt(tx: &mut Tx, receipt: &Receipt) -> Result<(), StoreError> {
    on_tx!(tx, conn => sqlx::query(
        "insert into receipts (id, hook_id, delivery_id, outcome, reason, post_ids, received_at) \
         values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&receipt.id).bind(&receipt.hook_id).bind(&receipt.delivery_id).bind(receipt.outcome)
        .bind(&receipt.reason).bind(Json(&receipt.post_ids)).bind(receipt.received_at).execute(conn).await?.rows_affected());
    Ok(())
}
