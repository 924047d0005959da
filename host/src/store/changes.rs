//! Units of work as data: posts with their counters, stored values, events and receipts.
//!
//! Several units are written as one: their posts and events become a few statements of many rows, and a channel's
//! counters are updated once.

mod rows;

use sqlx::types::Json;

pub(super) use self::rows::Rows;
use self::rows::{EVENTS, POSTS};
use super::{Db, Store, StoreError, Tx};
use crate::model::{Changes, ChannelId, Event, Post, PostId, Receipt, Timestamp};

impl Store {
    /// Writes everything in `changes` in one transaction.
    ///
    /// `Conflict`: a stored value has another version than expected, a key of `once` is taken, the receipt's
    /// delivery was recorded before, another post took a file, or the pending post was made already; nothing is
    /// written then.
    pub async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let events = !changes.events.is_empty();
        match &self.db {
            Db::Sqlite { write, .. } => write.commit(changes).await?,
            Db::Postgres(_) => {
                self.write(move |tx| Box::pin(async move { apply(tx, &[&changes]).await })).await?;
            }
        }
        if events {
            self.events_written.notify_one();
        }
        Ok(())
    }
}

/// Writes several units of work. All of them, or the caller must undo them all.
pub(super) async fn apply(tx: &mut Tx, all: &[&Changes]) -> Result<(), StoreError> {
    let posts: Vec<&Post> = all.iter().flat_map(|changes| &changes.posts).collect();
    insert_posts(tx, &posts).await?;
    for (post, files) in all.iter().flat_map(|changes| &changes.files) {
        let at = posts.iter().find(|made| &made.id == post).map_or(Timestamp::NEVER, |made| made.create_at);
        super::files::attach(tx, post, files, at).await?;
    }
    for (channel, count, at) in per_channel(&posts) {
        on_tx!(tx, conn => sqlx::query(
            "update channels set total_msg_count = total_msg_count + $2, \
             last_post_at = case when last_post_at > $3 then last_post_at else $3 end where id = $1")
            .bind(channel).bind(count).bind(at).execute(conn).await?.rows_affected());
    }
    for post in &posts {
        count_reply(tx, post).await?;
    }
    super::search::insert(tx, &posts).await?;
    let events: Vec<&Event> = all.iter().flat_map(|changes| &changes.events).collect();
    insert_events(tx, &events).await?;
    for changes in all {
        if let Some(pending) = &changes.pending {
            super::post_edits::insert_pending(tx, pending).await?;
        }
        for (channel, user) in &changes.mentions {
            on_tx!(tx, conn => sqlx::query(
                "update channel_members set mention_count = mention_count + 1 where channel_id = $1 and user_id = $2")
                .bind(channel).bind(user).execute(conn).await?.rows_affected());
        }
        for (channel, user) in &changes.seen {
            super::unread::view(tx, channel, user).await?;
        }
        for (key, post) in &changes.once {
            insert_once(tx, key, post, changes).await?;
        }
        for change in &changes.values {
            super::values::apply(tx, change).await?;
        }
        if let Some(receipt) = &changes.receipt {
            insert_receipt(tx, receipt).await?;
        }
    }
    Ok(())
}

/// Each channel once, with how many posts it gets and when the last of them was.
fn per_channel<'p>(posts: &[&'p Post]) -> Vec<(&'p ChannelId, i64, Timestamp)> {
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

async fn insert_posts(tx: &mut Tx, posts: &[&Post]) -> Result<(), StoreError> {
    for (sql, rows) in POSTS.statements(tx, posts) {
        on_tx!(tx, conn => {
            let mut query = sqlx::query(sql);
            for post in rows {
                query = query
                    .bind(&post.id).bind(&post.channel_id).bind(&post.user_id).bind(&post.root_id)
                    .bind(&post.message).bind(&post.kind).bind(Json(&post.props)).bind(&post.pending_post_id)
                    .bind(post.is_pinned).bind(post.reply_count).bind(post.last_reply_at).bind(post.create_at)
                    .bind(post.update_at).bind(post.edit_at).bind(post.delete_at).bind(&post.marks.priority)
                    .bind(post.marks.requested_ack).bind(post.marks.has_reactions);
            }
            query.execute(conn).await?;
        });
    }
    Ok(())
}

async fn insert_events(tx: &mut Tx, events: &[&Event]) -> Result<(), StoreError> {
    for (sql, rows) in EVENTS.statements(tx, events) {
        on_tx!(tx, conn => {
            let mut query = sqlx::query(sql);
            for event in rows {
                query = query
                    .bind(&event.id).bind(event.kind).bind(&event.channel_id).bind(&event.post_id)
                    .bind(&event.user_id).bind(event.hops).bind(event.create_at).bind(0_i64);
            }
            query.execute(conn).await?;
        });
    }
    Ok(())
}

async fn count_reply(tx: &mut Tx, post: &Post) -> Result<(), StoreError> {
    let Some(root) = &post.root_id else { return Ok(()) };
    let counted = on_tx!(tx, conn => sqlx::query(
        "update posts set reply_count = reply_count + 1, last_reply_at = $2, update_at = $2 \
         where id = $1 and delete_at = 0")
        .bind(root).bind(post.create_at).execute(conn).await?.rows_affected());
    // None: the thread was deleted meanwhile.
    if counted == 0 { Err(StoreError::Missing(sqlx::Error::RowNotFound)) } else { Ok(()) }
}

async fn insert_once(tx: &mut Tx, key: &str, post: &PostId, changes: &Changes) -> Result<(), StoreError> {
    let at = changes.posts.iter().find(|p| &p.id == post).map_or(Timestamp::NEVER, |p| p.create_at);
    on_tx!(tx, conn => sqlx::query("insert into made_once (key, post_id, create_at) values ($1, $2, $3)")
        .bind(key).bind(post).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

async fn insert_receipt(tx: &mut Tx, receipt: &Receipt) -> Result<(), StoreError> {
    on_tx!(tx, conn => sqlx::query(
        "insert into receipts (id, hook_id, delivery_id, outcome, reason, post_ids, received_at) \
         values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&receipt.id).bind(&receipt.hook_id).bind(&receipt.delivery_id).bind(receipt.outcome)
        .bind(&receipt.reason).bind(Json(&receipt.post_ids)).bind(receipt.received_at)
        .execute(conn).await?.rows_affected());
    Ok(())
}
