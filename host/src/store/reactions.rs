//! `reactions`, and the flag on posts that have reactions.

use const_format::concatcp;
use sqlx::types::Json;

use super::{Db, Store, StoreError, Tx};
use crate::model::{EmojiName, PostId, Reaction, ReactionChange, Timestamp, UserId};

/// The result of adding a reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReactionOutcome {
    Added,
    /// The reaction exists already.
    Existing(Reaction),
    /// The post has its maximum of different emoji.
    Full,
    /// The post does not exist or was deleted.
    NoPost,
}

const SELECT_REACTION: &str = "select post_id, user_id, emoji_name, create_at from reactions ";

const ONE: &str = concatcp!(SELECT_REACTION, "where post_id = $1 and user_id = $2 and emoji_name = $3");

const OF_HEAD: &str = concatcp!(SELECT_REACTION, "where post_id in");
// Both databases compare bytes.
const OF: [&str; 2] = [
    over_texts!(OF_HEAD, "$1", "order by create_at, emoji_name, user_id limit $2")[0],
    over_texts!(
        OF_HEAD,
        "$1",
        "order by create_at, emoji_name collate \"C\", user_id collate \"C\" limit $2"
    )[1],
];

impl Store {
    /// Adds a reaction to a post, which may have `limit` different emoji.
    pub async fn add_reaction(&self, reaction: Reaction, limit: i64) -> Result<ReactionOutcome, StoreError> {
        self.beside_cache().write(move |tx| Box::pin(async move { add(tx, &reaction, limit).await })).await
    }

    /// Removes a reaction. Returns whether it existed.
    pub async fn remove_reaction(
        &self,
        post: PostId,
        user: UserId,
        emoji: EmojiName,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.beside_cache()
            .write(move |tx| Box::pin(async move { remove(tx, &post, &user, &emoji, at).await }))
            .await
    }

    /// Returns the reactions to these posts, oldest first, at most `limit`.
    pub async fn reactions(&self, posts: &[PostId], limit: i64) -> Result<Vec<Reaction>, StoreError> {
        let sql = self.db.of(OF);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(posts)).bind(limit).fetch_all(conn).await)
    }
}

/// Applies a change in a unit of work. Returns `Conflict` if the reaction cannot be added. Adding an existing reaction
/// and removing an absent one both succeed.
pub(super) async fn apply(tx: &mut Tx, change: &ReactionChange) -> Result<(), StoreError> {
    match change {
        ReactionChange::Add { reaction, limit } => match add(tx, reaction, *limit).await? {
            ReactionOutcome::Added | ReactionOutcome::Existing(_) => Ok(()),
            ReactionOutcome::Full | ReactionOutcome::NoPost => Err(StoreError::conflict()),
        },
        ReactionChange::Remove { post_id, user_id, emoji_name, at } => {
            remove(tx, post_id, user_id, emoji_name, *at).await?;
            Ok(())
        }
    }
}

async fn add(tx: &mut Tx, reaction: &Reaction, limit: i64) -> Result<ReactionOutcome, StoreError> {
    // The post's row first, so that reactions to one post wait for each other and the limit holds.
    let marked = run!(
        tx,
        "update posts set has_reactions = has_reactions where id = $1 and delete_at = 0",
        [&reaction.post_id]
    )
    .await?;
    if marked == 0 {
        return Ok(ReactionOutcome::NoPost);
    }
    let before: Option<Reaction> = on_tx!(tx, conn => sqlx::query_as(ONE).bind(&reaction.post_id)
        .bind(&reaction.user_id).bind(&reaction.emoji_name).fetch_optional(conn).await?);
    if let Some(before) = before {
        return Ok(ReactionOutcome::Existing(before));
    }
    let others: i64 = on_tx!(tx, conn => sqlx::query_scalar(
        "select count(distinct emoji_name) from reactions where post_id = $1 and emoji_name <> $2")
        .bind(&reaction.post_id).bind(&reaction.emoji_name).fetch_one(conn).await?);
    if others >= limit {
        return Ok(ReactionOutcome::Full);
    }
    on_tx!(tx, conn => {
        sqlx::query("insert into reactions (post_id, user_id, emoji_name, create_at) values ($1, $2, $3, $4)")
            .bind(&reaction.post_id).bind(&reaction.user_id).bind(&reaction.emoji_name).bind(reaction.create_at)
            .execute(&mut *conn).await?;
        sqlx::query("update posts set has_reactions = $3, update_at = $2 where id = $1")
            .bind(&reaction.post_id).bind(reaction.create_at).bind(true).execute(conn).await?;
    });
    Ok(ReactionOutcome::Added)
}

async fn remove(
    tx: &mut Tx,
    post: &PostId,
    user: &UserId,
    emoji: &EmojiName,
    at: Timestamp,
) -> Result<bool, StoreError> {
    // The post's row first, as in adding.
    run!(tx, "update posts set has_reactions = has_reactions where id = $1", [post]).await?;
    let removed = run!(
        tx,
        "delete from reactions where post_id = $1 and user_id = $2 and emoji_name = $3",
        [post, user, emoji]
    )
    .await?;
    if removed > 0 {
        run!(
            tx,
            "update posts set update_at = $2, \
             has_reactions = exists (select 1 from reactions r where r.post_id = $1) where id = $1",
            [post, at]
        )
        .await?;
    }
    Ok(removed > 0)
}
