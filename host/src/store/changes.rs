//! Units of work as data: posts with their counters, stored values, jobs and receipts.
//!
//! Several units are written as one: their posts become a few statements of many rows, and a channel's
//! counters are updated once.

mod rows;
mod statements;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::SqliteConnection;
use sqlx::types::Json;

pub(super) use self::rows::Rows;
use self::rows::{COUNTED, MENTIONED, POSTS};
use self::statements::Script;
pub(super) use self::statements::{Statements, state};
use super::unread::Seen;
use super::{Db, Store, StoreError, Tx};
use crate::model::{Changes, ChannelId, JobKind, Post, PostId, Receipt, Timestamp, UserId};

impl Store {
    /// Writes everything in `changes` in one transaction.
    ///
    /// `Conflict`: a stored value has another version than expected, a key of `once` is taken, the receipt's
    /// delivery was recorded before, another post took a file, the pending post was made already, or a post to edit
    /// or to react to is gone or has as many emoji as it may; nothing is written then. A post to delete may be gone.
    pub async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let kinds: BTreeSet<JobKind> = changes.jobs.iter().map(|job| job.kind).collect();
        match &self.db {
            Db::Sqlite { write, .. } => write.commit(changes).await?,
            Db::Postgres(_) => {
                self.write(move |tx| Box::pin(async move { apply(tx, &[&changes]).await })).await?;
            }
        }
        kinds.into_iter().for_each(|kind| self.wake.wake(kind));
        Ok(())
    }
}

/// Writes several units of work. All of them, or the caller must undo them all.
pub(super) async fn apply(tx: &mut Tx, all: &[&Changes]) -> Result<(), StoreError> {
    let mut statements = Statements::of(tx);
    state_posts(&mut statements, all).await?;
    statements.run().await?;
    // Of every channel, the posts of the units after the one at hand.
    let mut later: HashMap<&ChannelId, i64> = HashMap::new();
    for post in all.iter().flat_map(|changes| &changes.posts) {
        *later.entry(&post.channel_id).or_default() += 1;
    }
    for changes in all {
        for post in &changes.posts {
            *later.entry(&post.channel_id).or_default() -= 1;
        }
        apply_rest(tx, changes, &later).await?;
    }
    Ok(())
}

/// Writes several units of work that are only posts in a transaction of its own, which SQLite's
/// thread does in one go. Whatever it answers, no transaction is open after.
pub(super) async fn commit_posts(
    connection: &mut SqliteConnection,
    all: &[&Changes],
) -> Result<(), StoreError> {
    let mut script = Script::default();
    script.add("begin immediate");
    let mut statements = Statements::Sqlite(connection, script);
    state_posts(&mut statements, all).await?;
    if let Statements::Sqlite(_, script) = &mut statements {
        script.add("commit");
    }
    let committed = statements.run().await;
    if committed.is_err() {
        // Nothing to undo, if it did not even begin.
        drop(sqlx::query("rollback").execute(connection).await);
    }
    committed
}

/// Whether a unit of work is only posts that start threads.
pub(super) fn is_only_posts(changes: &Changes) -> bool {
    let Changes {
        posts,
        values,
        once,
        receipt,
        mentions,
        seen,
        files,
        pending,
        edits,
        reactions,
        deletions,
        ..
    } = changes;
    edits.is_empty()
        && reactions.is_empty()
        && deletions.is_empty()
        && values.is_empty()
        && once.is_empty()
        && jobs.is_empty()
        && receipt.is_none()
        && mentions.is_empty()
        && seen.is_empty()
        && files.is_empty()
        && pending.is_none()
        && posts.iter().all(|post| post.root_id.is_none())
}

/// The posts, and what is counted and searched of them.
async fn state_posts(to: &mut Statements<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let mut posts: Vec<&Post> = all.iter().flat_map(|changes| &changes.posts).collect();
    // In the order of their ids each is appended to its indexes.
    posts.sort_by(|a, b| a.id.cmp(&b.id));
    state!(to, POSTS, &posts, post => [
        &post.id, &post.channel_id, &post.user_id, &post.root_id, &post.message, &post.kind, Json(&post.props),
        &post.pending_post_id, post.is_pinned, post.reply_count, post.last_reply_at, post.create_at, post.update_at,
        post.edit_at, post.delete_at, &post.marks.priority, post.marks.requested_ack, post.marks.has_reactions,
    ]);
    state!(to, COUNTED, &per_channel(&posts), counted => [counted.channel, counted.posts, counted.last_at]);
    super::search::insert(to, &posts).await?;
    Ok(())
}

/// What a unit of work writes beside its posts.
async fn apply_rest(
    tx: &mut Tx,
    changes: &Changes,
    later: &HashMap<&ChannelId, i64>,
) -> Result<(), StoreError> {
    for (post, files) in &changes.files {
        super::files::attach(tx, post, files, made_at(changes, post)).await?;
    }
    for post in &changes.posts {
        count_reply(tx, post).await?;
    }
    if let Some(pending) = &changes.pending {
        super::post_edits::insert_pending(tx, pending).await?;
    }
    count_mentions(tx, &changes.mentions).await?;
    for (channel, user) in &changes.seen {
        let said = changes.posts.iter().filter(|post| &post.channel_id == channel);
        let up_to = said.map(|post| post.create_at).max().unwrap_or(Timestamp::NEVER);
        let later = later.get(channel).copied().unwrap_or_default();
        super::unread::view(tx, channel, user, Seen { later, up_to }).await?;
    }
    for (key, post) in &changes.once {
        insert_once(tx, key, post, made_at(changes, post)).await?;
    }
    for change in &changes.values {
        super::values::apply(tx, change).await?;
    }
    super::jobs::insert(tx, &changes.jobs).await?;
    if let Some(receipt) = &changes.receipt {
        insert_receipt(tx, receipt).await?;
    }
    for edit in &changes.edits {
        super::post_edits::edit(tx, edit).await?.ok_or_else(StoreError::conflict)?;
    }
    for change in &changes.reactions {
        super::reactions::apply(tx, change).await?;
    }
    for deletion in &changes.deletions {
        super::post_edits::delete(tx, deletion).await?;
    }
    Ok(())
}

/// When a post of this unit of work is made.
fn made_at(changes: &Changes, post: &PostId) -> Timestamp {
    changes.posts.iter().find(|made| &made.id == post).map_or(Timestamp::NEVER, |made| made.create_at)
}

/// The numbers of channels that are written at once.
const CHANNELS: [usize; 4] = [0, 1, 8, 64];

/// What a channel gets.
struct Counted<'p> {
    channel: &'p str,
    posts: i64,
    last_at: Timestamp,
}

/// Each channel once, in the order in which others lock their rows; then as many channels that are nowhere as make up
/// one of few numbers, so that there are few texts of statements.
fn per_channel<'p>(posts: &[&'p Post]) -> Vec<Counted<'p>> {
    let mut counted: BTreeMap<&str, Counted<'p>> = BTreeMap::new();
    for post in posts {
        let channel = post.channel_id.as_str();
        let counted =
            counted.entry(channel).or_insert(Counted { channel, posts: 0, last_at: Timestamp::NEVER });
        counted.posts += 1;
        counted.last_at = counted.last_at.max(post.create_at);
    }
    let mut counted: Vec<Counted<'p>> = counted.into_values().collect();
    let made_up = CHANNELS.into_iter().find(|number| *number >= counted.len()).unwrap_or(counted.len());
    counted.resize_with(made_up, || Counted { channel: "", posts: 0, last_at: Timestamp::NEVER });
    counted
}

/// Members are mentioned, by as many posts as they are there.
async fn count_mentions(tx: &mut Tx, mentions: &[(ChannelId, UserId)]) -> Result<(), StoreError> {
    let mut counted: BTreeMap<&(ChannelId, UserId), i64> = BTreeMap::new();
    for mention in mentions {
        *counted.entry(mention).or_default() += 1;
    }
    let counted: Vec<(&ChannelId, &UserId, i64)> =
        counted.into_iter().map(|((channel, user), posts)| (channel, user, posts)).collect();
    if let Tx::Sqlite(_) = tx {
        let mut statements = Statements::of(tx);
        state!(&mut statements, MENTIONED, &counted, mention => [mention.0, mention.1, mention.2]);
        return statements.run().await;
    }
    // One by one, in the order in which others lock their rows.
    for (channel, user, posts) in counted {
        on_tx!(tx, conn => sqlx::query(
            "update channel_members set mention_count = mention_count + $3 where channel_id = $1 and user_id = $2")
            .bind(channel).bind(user).bind(posts).execute(conn).await?.rows_affected());
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

async fn insert_once(tx: &mut Tx, key: &str, post: &PostId, at: Timestamp) -> Result<(), StoreError> {
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
