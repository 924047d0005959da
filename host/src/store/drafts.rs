//! `drafts`: one text for each user, channel and thread.

use const_format::concatcp;
use sqlx::types::Json;

use super::list::fill;
use super::{Db, Store, StoreError, Tx};
use crate::model::{ChannelId, Draft, MAX_DRAFTS, PostId, TeamId, UserId};

const SELECT_DRAFT: &str = "select d.user_id, d.channel_id, nullif(d.root_id, '') as root_id, d.message, d.props, \
    d.file_ids, d.priority, d.create_at, d.update_at from drafts d ";

/// Only in the user's channels, because a user who left a channel cannot post there.
const OF_TEAM: &str = concatcp!(
    SELECT_DRAFT,
    "join channels c on c.id = d.channel_id join channel_members m on m.channel_id = c.id and m.user_id = d.user_id \
     where d.user_id = $1 and (c.team_id = $2 or c.team_id is null) and c.delete_at = 0 \
     order by d.update_at desc, d.channel_id, d.root_id limit $3"
);
const ONE: &str = concatcp!(SELECT_DRAFT, "where d.user_id = $1 and d.channel_id = $2 and d.root_id = $3");
const SAVE: &str = "insert into drafts (user_id, channel_id, root_id, message, props, file_ids, priority, create_at, \
    update_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (user_id, channel_id, root_id) do update set \
    message = excluded.message, props = excluded.props, file_ids = excluded.file_ids, priority = excluded.priority, \
    update_at = excluded.update_at";
const FORGET_OLD: &str = "delete from drafts where user_id = $1 and update_at <= (select d.update_at from drafts d \
    where d.user_id = $1 order by d.update_at desc limit 1 offset $2)";
const DELETE: &str = "delete from drafts where user_id = $1 and channel_id = $2 and root_id = $3";

/// A handle for users' drafts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Drafts(Store);

impl Store {
    /// Returns a handle for users' drafts.
    pub fn drafts(&self) -> Drafts {
        Drafts(self.clone())
    }
}

impl Drafts {
    /// Returns the drafts of a user in a team's channels and in channels of no team, the latest first.
    pub async fn list(&self, user: &UserId, team: &TeamId) -> Result<Vec<Draft>, StoreError> {
        read!(self.0.db, conn => fill(sqlx::query_as(OF_TEAM).bind(user).bind(team).bind(MAX_DRAFTS)
            .fetch(conn)).await)
    }

    /// Saves a draft in place of an earlier one. Returns it with the time at which the first one was created, and
    /// whether there was none.
    pub async fn save(&self, draft: Draft) -> Result<(Draft, bool), StoreError> {
        self.0.beside_cache().write(move |tx| Box::pin(async move { save(tx, draft).await })).await
    }

    /// Deletes a draft and returns it, or `None` if there is none.
    pub async fn delete(
        &self,
        user: &UserId,
        channel: &ChannelId,
        root: Option<&PostId>,
    ) -> Result<Option<Draft>, StoreError> {
        let (user, channel, root) = (user.clone(), channel.clone(), text(root));
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    let draft = find(tx, &user, &channel, &root).await?;
                    run!(tx, DELETE, [&user, &channel, &root]).await?;
                    Ok(draft)
                })
            })
            .await
    }
}

async fn save(tx: &mut Tx, mut draft: Draft) -> Result<(Draft, bool), StoreError> {
    let root = text(draft.root_id.as_ref());
    let earlier = find(tx, &draft.user_id, &draft.channel_id, &root).await?;
    if let Some(earlier) = &earlier {
        draft.create_at = earlier.create_at;
    }
    run!(
        tx,
        SAVE,
        [
            &draft.user_id,
            &draft.channel_id,
            &root,
            &draft.message,
            &draft.props,
            Json(&draft.file_ids),
            &draft.priority,
            draft.create_at,
            draft.update_at
        ]
    )
    .await?;
    run!(tx, FORGET_OLD, [&draft.user_id, MAX_DRAFTS]).await?;
    Ok((draft, earlier.is_none()))
}

async fn find(
    tx: &mut Tx,
    user: &UserId,
    channel: &ChannelId,
    root: &str,
) -> Result<Option<Draft>, StoreError> {
    Ok(
        on_tx!(tx, conn => sqlx::query_as(ONE).bind(user).bind(channel).bind(root).fetch_optional(conn).await?),
    )
}

fn text(root: Option<&PostId>) -> String {
    root.map(PostId::to_string).unwrap_or_default()
}
