//! Units of work as data: what a request or a plugin call changes.
//!
//! [`push`] merges the rows of many units into few statements. Edits, reactions and deletions, which read before they
//! write, follow in [`apply_steps`], unit by unit.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::sqlite::{Batch, Expect, Rows, lock_rows, over_rows, push_rows};
use super::{
    StoreError, Tx, deliveries, files, jobs, post_edits, reactions, search, threads, unread, values,
};
use crate::model::{Changes, Post, Receipt, Timestamp};

static POSTS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::insert(
        "posts",
        "id, channel_id, user_id, root_id, message, kind, props, pending_post_id, is_pinned, reply_count, \
         last_reply_at, create_at, update_at, edit_at, delete_at, priority, requested_ack, has_reactions",
    )
});

/// Adds new posts to their channels' counters.
const COUNT_POSTS: [&str; 2] = over_rows!(
    "with new (id, posts, last_at, roots, last_root_at) as (select value ->> 0, cast(value ->> 1 as bigint), \
     cast(value ->> 2 as bigint), cast(value ->> 3 as bigint), cast(value ->> 4 as bigint)",
    ") update channels set total_msg_count = total_msg_count + new.posts, last_post_at = case \
     when last_post_at > new.last_at then last_post_at else new.last_at end, \
     total_msg_count_root = total_msg_count_root + new.roots, last_root_post_at = case \
     when last_root_post_at > new.last_root_at then last_root_post_at else new.last_root_at end \
     from new where channels.id = new.id"
);

const LOCK_CHANNELS: &str = lock_rows!("channels", "id", "value ->> 0");

/// Adds new replies to their threads' counters.
const COUNT_REPLIES: [&str; 2] = over_rows!(
    "with new (id, posts, last_at) as \
     (select value ->> 0, cast(value ->> 1 as bigint), cast(value ->> 2 as bigint)",
    ") update posts set reply_count = reply_count + new.posts, last_reply_at = new.last_at, \
     update_at = new.last_at from new where posts.id = new.id and posts.delete_at = 0"
);

const LOCK_POSTS: &str = lock_rows!("posts", "id", "value ->> 0");

const INSERT_ONCE: [&str; 2] = over_rows!(
    "insert into made_once (key, post_id, create_at) select value ->> 0, value ->> 1, cast(value ->> 2 as bigint)",
    ""
);
const INSERT_RECEIPTS: [&str; 2] = over_rows!(
    "insert into receipts (id, hook_id, delivery_id, outcome, reason, post_ids, received_at) select value ->> 0, \
     value ->> 1, value ->> 2, value ->> 3, value ->> 4, value -> 5, cast(value ->> 6 as bigint)",
    ""
);

/// Writes one unit of work. If it fails, the caller must undo what was written.
pub(super) async fn apply(tx: &mut Tx, changes: &Changes) -> Result<(), StoreError> {
    tx.jobs.extend(jobs::kinds(changes));
    apply_rows(tx, &[changes]).await?;
    apply_steps(tx, changes).await
}

/// Writes several units of work, except what [`apply_steps`] does. If it fails, the caller must undo what was written.
pub(super) async fn apply_rows(tx: &mut Tx, all: &[&Changes]) -> Result<(), StoreError> {
    let mut batch = Batch::of(tx);
    push(&mut batch, all).await?;
    batch.run().await
}

/// Adds the rows of several units of work, as if the units were written one after the other.
pub(super) async fn push(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    push_posts(batch, all).await?;
    files::attach(batch, all).await?;
    post_edits::insert_pending(batch, all).await?;
    unread::push(batch, all).await?;
    threads::push(batch, all).await?;
    jobs::push(batch, &all.iter().flat_map(|changes| &changes.jobs).collect::<Vec<_>>()).await?;
    deliveries::push(batch, all).await?;
    let once =
        all.iter().flat_map(|changes| changes.once.iter().map(move |(key, post)| (changes, key, post)));
    let once: Vec<_> = once.map(|(changes, key, post)| (key, post, changes.made_at(post))).collect();
    batch.push_list(INSERT_ONCE, &once).await?;
    for change in all.iter().flat_map(|changes| &changes.values) {
        values::push(batch, change).await?;
    }
    push_receipts(batch, all).await
}

/// Whether a unit of work has anything for [`apply_steps`].
pub(super) fn has_steps(changes: &Changes) -> bool {
    !(changes.edits.is_empty() && changes.reactions.is_empty() && changes.deletions.is_empty())
}

/// Applies the changes that depend on existing rows.
pub(super) async fn apply_steps(tx: &mut Tx, changes: &Changes) -> Result<(), StoreError> {
    post_edits::lock(tx, changes).await?;
    for edit in &changes.edits {
        post_edits::edit(tx, edit).await?.ok_or_else(StoreError::conflict)?;
    }
    for change in &changes.reactions {
        reactions::apply(tx, change).await?;
    }
    for deletion in &changes.deletions {
        post_edits::delete(tx, deletion).await?;
    }
    Ok(())
}

/// Adds the posts, their counters and their searchable texts.
async fn push_posts(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let mut posts: Vec<&Post> = all.iter().flat_map(|changes| &changes.posts).collect();
    // Sorted by id, so that each post is appended to its indexes.
    posts.sort_by(|a, b| a.id.cmp(&b.id));
    push_rows!(batch, POSTS, &posts, post => [
        &post.id, &post.channel_id, &post.user_id, &post.root_id, &post.message, &post.kind, &post.props,
        &post.pending_post_id, post.is_pinned, post.reply_count, post.last_reply_at, post.create_at, post.update_at,
        post.edit_at, post.delete_at, &post.marks.priority, post.marks.requested_ack, post.marks.has_reactions,
    ])
    .await?;
    batch.push_locked(COUNT_POSTS, LOCK_CHANNELS, &counted_in_channels(&posts), Expect::Nothing).await?;
    search::insert(batch, &posts).await?;
    let replies = posts.iter().filter_map(|post| Some((post.root_id.as_ref()?.as_str(), post.create_at)));
    // A thread may have been deleted since the caller checked it.
    batch.push_locked(COUNT_REPLIES, LOCK_POSTS, &count_by_id(replies), Expect::EveryRowOrMissing).await
}

/// Returns each id once, with its number of occurrences and its latest time, in the order in which all units lock
/// rows.
fn count_by_id<'p>(posts: impl Iterator<Item = (&'p str, Timestamp)>) -> Vec<(&'p str, i64, Timestamp)> {
    let mut counted: BTreeMap<&str, (i64, Timestamp)> = BTreeMap::new();
    for (id, at) in posts {
        let (count, last_at) = counted.entry(id).or_insert((0, Timestamp::NEVER));
        *count += 1;
        *last_at = at.max(*last_at);
    }
    counted.into_iter().map(|(id, (count, last_at))| (id, count, last_at)).collect()
}

/// Returns each channel once, as [`count_by_id`] does: its number of posts and their latest time, for all of them and
/// for those that are not replies.
fn counted_in_channels<'p>(posts: &[&'p Post]) -> Vec<(&'p str, i64, Timestamp, i64, Timestamp)> {
    let mut counted: BTreeMap<&str, (i64, Timestamp, i64, Timestamp)> = BTreeMap::new();
    for post in posts {
        let count = i64::from(post.kind.is_counted());
        let (all, last_at, roots, last_root_at) = counted.entry(post.channel_id.as_str()).or_default();
        *all += count;
        *last_at = post.create_at.max(*last_at);
        if post.root_id.is_none() {
            *roots += count;
            *last_root_at = post.create_at.max(*last_root_at);
        }
    }
    let rows = counted.into_iter();
    rows.map(|(id, (all, last_at, roots, last_root_at))| (id, all, last_at, roots, last_root_at)).collect()
}

async fn push_receipts(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let receipts = all.iter().filter_map(|changes| changes.receipt.as_ref());
    let rows = receipts.map(|receipt| {
        let Receipt { id, hook_id, delivery_id, outcome, reason, post_ids, received_at } = receipt;
        (id, hook_id, delivery_id, outcome, reason, post_ids, received_at)
    });
    batch.push_list(INSERT_RECEIPTS, &rows.collect::<Vec<_>>()).await
}
