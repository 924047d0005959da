//! Changes of who follows a thread and how far it is read.

use super::Threads;
use crate::model::{Changes, ChannelId, FollowCause, Post, PostId, TeamId, Timestamp, UserId};
use crate::store::sqlite::{Batch, Expect, over_rows};
use crate::store::{StoreError, Tx};

const NEW: &str = "with new (post_id, user_id, channel_id, at, viewed_at, mentions, replies) as \
    (select value ->> 0, value ->> 1, value ->> 2, cast(value ->> 3 as bigint), cast(value ->> 4 as bigint), \
    cast(value ->> 5 as bigint), cast(value ->> 6 as bigint)";
const INSERT: &str = ") insert into thread_members (post_id, user_id, channel_id, following, last_viewed_at, \
    last_update_at, unread_mentions, replies, replied_at) \
    select post_id, user_id, channel_id, true, viewed_at, at, mentions, replies, replies * at from new where true \
    on conflict (post_id, user_id) do ";

/// Lets accounts follow a thread, unless they chose already whether they do.
const FOLLOW_ROOT: [&str; 2] = over_rows!(NEW, const_format::concatcp!(INSERT, "nothing"));
/// Lets accounts follow a thread. An account that replies has read the thread; else the mention counts.
const FOLLOW: [&str; 2] = over_rows!(
    NEW,
    const_format::concatcp!(
        INSERT,
        "update set following = true, last_update_at = excluded.last_update_at, last_viewed_at = \
         case when excluded.last_viewed_at > thread_members.last_viewed_at then excluded.last_viewed_at \
         else thread_members.last_viewed_at end, \
         unread_mentions = case when excluded.replies > 0 then 0 else \
         thread_members.unread_mentions + excluded.unread_mentions end, \
         replied_at = case when thread_members.replies > 0 then thread_members.replied_at \
         else excluded.replied_at end, replies = thread_members.replies + excluded.replies"
    )
);
const SET_FOLLOWING: &str = "insert into thread_members (post_id, user_id, channel_id, following, last_viewed_at, \
    last_update_at, unread_mentions, replies, replied_at) values ($1, $2, $3, $4, $5, $6, 0, 0, 0) \
    on conflict (post_id, user_id) do update set following = excluded.following, \
    last_update_at = excluded.last_update_at, last_viewed_at = case when excluded.following \
    then excluded.last_viewed_at else thread_members.last_viewed_at end, \
    unread_mentions = case when excluded.following then 0 else thread_members.unread_mentions end";
const READ: &str = "insert into thread_members (post_id, user_id, channel_id, following, last_viewed_at, last_update_at, \
    unread_mentions, replies, replied_at) values ($1, $2, $3, true, $4, $5, $6, 0, 0) \
    on conflict (post_id, user_id) do update set following = true, last_viewed_at = excluded.last_viewed_at, \
    last_update_at = excluded.last_update_at, unread_mentions = excluded.unread_mentions";
const READ_TEAM: &str = "update thread_members set last_viewed_at = $3, last_update_at = $3, unread_mentions = 0 \
    where user_id = $1 and following and exists (select 1 from posts p join channels c on c.id = p.channel_id \
    where p.id = thread_members.post_id and (c.team_id = $2 or c.team_id is null) \
    and (p.last_reply_at > thread_members.last_viewed_at or thread_members.unread_mentions > 0))";
const READ_CHANNELS: [&str; 2] = over_texts!(
    "update thread_members set last_viewed_at = $2, last_update_at = $2, unread_mentions = 0 \
     where user_id = $1 and following and exists (select 1 from posts p where p.id = thread_members.post_id \
     and (p.last_reply_at > thread_members.last_viewed_at or thread_members.unread_mentions > 0)) and channel_id in",
    "$3",
    ""
);

const FORGET_MENTIONS: [&str; 2] = over_texts!(
    "update thread_members set unread_mentions = unread_mentions - 1 \
     where post_id = $1 and unread_mentions > 0 and last_viewed_at < $2 and user_id in",
    "$3",
    ""
);

impl Threads {
    /// Lets an account follow a thread, which it has then read up to this moment, or stop following it.
    pub async fn set_following(
        &self,
        root: &Post,
        user: &UserId,
        following: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (post, channel, user) = (root.id.clone(), root.channel_id.clone(), user.clone());
        let viewed_at = if following { at } else { Timestamp::NEVER };
        unit!(self.0.beside_cache(), SET_FOLLOWING, [&post, &user, &channel, following, viewed_at, at])
            .await?;
        Ok(())
    }

    /// Marks a thread as read up to a moment. The account follows it from then on. `mentions` of the later replies
    /// mention it.
    pub async fn read(
        &self,
        root: &Post,
        user: &UserId,
        up_to: Timestamp,
        mentions: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (post, channel, user) = (root.id.clone(), root.channel_id.clone(), user.clone());
        unit!(self.0.beside_cache(), READ, [&post, &user, &channel, up_to, at, mentions]).await?;
        Ok(())
    }

    /// Marks all threads as read that an account follows in a team, and in direct and group channels.
    pub async fn read_team(&self, user: &UserId, team: &TeamId, at: Timestamp) -> Result<(), StoreError> {
        let (user, team) = (user.clone(), team.clone());
        unit!(self.0.beside_cache(), READ_TEAM, [&user, &team, at]).await?;
        Ok(())
    }

    /// Marks all threads as read that an account follows in these channels.
    pub async fn read_channels(
        &self,
        user: &UserId,
        channels: Vec<ChannelId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (user, sql) = (user.clone(), self.0.db.of(READ_CHANNELS));
        unit!(self.0.beside_cache(), sql, [&user, at, sqlx::types::Json(&channels)]).await?;
        Ok(())
    }
}

/// Lets accounts follow the threads of new replies.
pub(in crate::store) async fn push(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let (mut roots, mut replies) = (Vec::new(), Vec::new());
    for follow in all.iter().flat_map(|changes| &changes.follows) {
        let row = |viewed_at: Timestamp, mentions: i64, replies: i64| {
            (&follow.post_id, &follow.user_id, &follow.channel_id, follow.at, viewed_at, mentions, replies)
        };
        match follow.cause {
            FollowCause::Root => roots.push(row(Timestamp::NEVER, 0, 0)),
            FollowCause::Mention => replies.push(row(Timestamp::NEVER, 1, 0)),
            FollowCause::Reply => replies.push(row(follow.at, 0, 1)),
        }
    }
    batch.push_ordered(FOLLOW_ROOT, &roots, Expect::Nothing).await?;
    batch.push_ordered(FOLLOW, &replies, Expect::Nothing).await
}

/// Takes a deleted reply from those that its author wrote in the thread, and from the unread ones of those whom it
/// mentions.
pub(in crate::store) async fn forget_reply(
    tx: &mut Tx,
    root: &PostId,
    reply: &Post,
    mentioned: &[UserId],
) -> Result<(), StoreError> {
    run!(
        tx,
        "update thread_members set replies = replies - 1 where post_id = $1 and user_id = $2 and replies > 0",
        [root, &reply.user_id]
    )
    .await?;
    if !mentioned.is_empty() {
        let sql = tx.of(FORGET_MENTIONS);
        run!(tx, sql, [root, reply.create_at, sqlx::types::Json(mentioned)]).await?;
    }
    Ok(())
}

/// Ends an account's following of all threads of a channel that it leaves.
pub(in crate::store) async fn unfollow_channel(
    tx: &mut Tx,
    channel: &ChannelId,
    user: &UserId,
) -> Result<(), StoreError> {
    run!(
        tx,
        "update thread_members set following = false, unread_mentions = 0 where user_id = $1 and channel_id = $2",
        [user, channel]
    )
    .await?;
    Ok(())
}

/// As [`unfollow_channel`], for all channels of a team.
pub(in crate::store) async fn unfollow_team(
    tx: &mut Tx,
    team: &TeamId,
    user: &UserId,
) -> Result<(), StoreError> {
    run!(
        tx,
        "update thread_members set following = false, unread_mentions = 0 where user_id = $1 \
         and channel_id in (select id from channels where team_id = $2)",
        [user, team]
    )
    .await?;
    Ok(())
}

/// As [`unfollow_channel`], for all accounts that are not in the channel any more.
pub(in crate::store) async fn unfollow_removed(tx: &mut Tx, channel: &ChannelId) -> Result<(), StoreError> {
    run!(
        tx,
        "update thread_members set following = false, unread_mentions = 0 where following \
         and post_id in (select id from posts where channel_id = $1 and reply_count > 0) \
         and not exists (select 1 from channel_members m where m.channel_id = $1 \
         and m.user_id = thread_members.user_id)",
        [channel]
    )
    .await?;
    Ok(())
}
