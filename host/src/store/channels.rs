//! `channels` and `channel_members`.

use std::collections::HashMap;
use std::sync::Arc;

use const_format::concatcp;
use sqlx::types::Json;

use super::cache::Load;
use super::directory::USER;
use super::list::fill_to;
use super::memberships::MEMBER;
use super::sqlite::over_rows;
use super::{Db, Store, StoreError, Tx, changes};
use crate::model::{
    Changes, Channel, ChannelChange, ChannelId, ChannelMember, ChannelMembership, ChannelWithCounts,
    OWN_CHANNELS_BYTES, TeamId, Timestamp, User, UserId,
};

/// Bytes of a channel besides its longer texts, and of a membership, about.
const CHANNEL_BYTES: usize = 1024;
const MEMBERSHIP_BYTES: usize = 256;

/// The columns of a channel, from `channels c`.
pub(super) const CHANNEL: &str = "c.id, c.team_id, c.gid, c.kind, c.name, c.display_name, c.header, c.purpose, \
    c.creator_id, c.total_msg_count, c.total_msg_count_root, c.last_post_at, c.last_root_post_at, c.create_at, \
    c.update_at, c.delete_at";

pub(super) const SELECT_CHANNEL: &str = concatcp!("select ", CHANNEL, " from channels c ");

const BY_ID: &str = concatcp!(SELECT_CHANNEL, "where c.id = $1");
const BY_IDS: [&str; 2] = over_texts!(concatcp!(SELECT_CHANNEL, "where c.id in"), "$1", "");
const MEMBERS: [&str; 2] = over_rows!(
    concatcp!(
        "select ",
        "channel_id, user_id, roles",
        " from channel_members where (channel_id, user_id) in (select value ->> 0, value ->> 1"
    ),
    ")"
);
const MEMBER_BY_ID: &str =
    concatcp!("select ", MEMBER, " from channel_members where channel_id = $1 and user_id = $2");
const BY_NAME: &str = concatcp!(SELECT_CHANNEL, "where c.team_id = $1 and c.name = $2");
const OF_USER: &str = concatcp!(
    SELECT_CHANNEL,
    "join channel_members m on m.channel_id = c.id \
     where m.user_id = $1 and (c.team_id = $2 or c.team_id is null) and c.delete_at = 0 order by c.id"
);
const PUBLIC_PAGE: &str = concatcp!(
    SELECT_CHANNEL,
    "where c.team_id = $1 and c.kind = 'O' and c.delete_at = 0 order by c.display_name, c.id limit $2 offset $3"
);

const PEOPLE: &str = concatcp!(
    "select ",
    USER,
    " from users u join channel_members m on m.user_id = u.id \
     where m.channel_id = $1 and u.id > $2 order by u.id limit $3"
);

/// `update_at` grows with every change, even with two in one millisecond, because it is part of the entity tag.
const CHANGE: &str = "update channels set name = coalesce($2, name), display_name = coalesce($3, display_name), \
    header = coalesce($4, header), purpose = coalesce($5, purpose), kind = coalesce($6, kind), \
    delete_at = coalesce($7, delete_at), \
    update_at = case when update_at >= $8 then update_at + 1 else $8 end where id = $1";

const INSERT: &str = "insert into channels (id, team_id, gid, kind, name, display_name, header, purpose, creator_id, \
    create_at, update_at, delete_at, total_msg_count, total_msg_count_root, last_post_at, last_root_post_at) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, 0)";

/// A channel of no team has a name of its own.
const INSERT_NEW: &str = concatcp!(INSERT, " on conflict (name) where team_id is null do nothing");

impl Load for Channel {
    type Key = ChannelId;

    const CACHED: bool = true;

    /// Its header and purpose may take some kilobytes.
    fn weight(&self) -> usize {
        CHANNEL_BYTES + self.header.len() + self.purpose.len()
    }

    async fn load(db: &Db, keys: &[ChannelId]) -> Result<HashMap<ChannelId, Self>, StoreError> {
        let channels: Vec<Self> =
            read!(db, conn => sqlx::query_as(db.of(BY_IDS)).bind(Json(keys)).fetch_all(conn).await)?;
        Ok(channels.into_iter().map(|channel| (channel.id.clone(), channel)).collect())
    }
}

impl Load for ChannelMembership {
    type Key = (ChannelId, UserId);

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        MEMBERSHIP_BYTES
    }

    async fn load(db: &Db, keys: &[(ChannelId, UserId)]) -> Result<HashMap<Self::Key, Self>, StoreError> {
        let members: Vec<Self> =
            read!(db, conn => sqlx::query_as(db.of(MEMBERS)).bind(Json(keys)).fetch_all(conn).await)?;
        let key = |member: &Self| (member.channel_id.clone(), member.user_id.clone());
        Ok(members.into_iter().map(|member| (key(&member), member)).collect())
    }
}

impl Store {
    /// Creates a channel with its creator as the first member. Returns `Conflict` if the team has a channel of that
    /// name.
    pub async fn create_channel(&self, channel: Channel, creator: ChannelMember) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                insert(tx, &channel).await?;
                add(tx, &creator).await?;
                Ok(())
            })
        })
        .await
    }

    pub async fn channel(&self, id: &ChannelId) -> Result<Option<Channel>, StoreError> {
        Ok(self.load.channels.get(id).await?.map(|channel| (*channel).clone()))
    }

    pub async fn channel_with_counts(&self, id: &ChannelId) -> Result<Option<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns the team's channel with this slug, archived or not.
    pub async fn channel_by_name(
        &self,
        team: &TeamId,
        name: &str,
    ) -> Result<Option<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_NAME).bind(team).bind(name).fetch_optional(conn).await)
    }

    /// Changes a channel, writes the messages about it, and returns the channel. Returns `Conflict` if the
    /// team has a channel of the new name.
    pub async fn change_channel(
        &self,
        id: &ChannelId,
        change: ChannelChange,
        messages: Changes,
        at: Timestamp,
    ) -> Result<Option<ChannelWithCounts>, StoreError> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => {
                    sqlx::query(CHANGE)
                        .bind(&id).bind(&change.name).bind(&change.display_name).bind(&change.header)
                        .bind(&change.purpose).bind(change.kind).bind(change.delete_at).bind(at)
                        .execute(conn).await?;
                });
                if !messages.posts.is_empty() {
                    changes::apply(tx, &messages).await?;
                }
                Ok(on_tx!(tx, conn => sqlx::query_as(BY_ID).bind(&id).fetch_optional(conn).await?))
            })
        })
        .await
    }

    /// Returns the channels of a team, and those of no team, that the user is a member of.
    pub async fn channels_of(
        &self,
        user: &UserId,
        team: &TeamId,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => fill_to(OWN_CHANNELS_BYTES, sqlx::query_as(OF_USER).bind(user).bind(team).fetch(conn)).await)
    }

    pub async fn public_channels(
        &self,
        team: &TeamId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => sqlx::query_as(PUBLIC_PAGE).bind(team).bind(limit).bind(offset)
            .fetch_all(conn).await)
    }

    /// Adds a member. Returns whether the account was no member before.
    pub async fn join_channel(&self, member: ChannelMember) -> Result<bool, StoreError> {
        self.write(move |tx| Box::pin(async move { add(tx, &member).await })).await
    }

    pub async fn channel_member(
        &self,
        channel: &ChannelId,
        user: &UserId,
    ) -> Result<Option<ChannelMember>, StoreError> {
        read!(self.db, conn => sqlx::query_as(MEMBER_BY_ID).bind(channel).bind(user).fetch_optional(conn).await)
    }

    pub async fn channel_membership(
        &self,
        channel: &ChannelId,
        user: &UserId,
    ) -> Result<Option<Arc<ChannelMembership>>, StoreError> {
        self.load.channel_memberships.get(&(channel.clone(), user.clone())).await
    }

    pub async fn is_channel_member(&self, channel: &ChannelId, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.channel_membership(channel, user).await?.is_some())
    }

    pub async fn channel_member_count(&self, channel: &ChannelId) -> Result<i64, StoreError> {
        read!(self.db, conn => sqlx::query_scalar("select count(*) from channel_members where channel_id = $1")
            .bind(channel).fetch_one(conn).await)
    }

    /// Returns how many of a channel's members are guests. A guest has this role and no other.
    pub async fn channel_guest_count(&self, channel: &ChannelId) -> Result<i64, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(
            "select count(*) from channel_members m join users u on u.id = m.user_id \
             where m.channel_id = $1 and u.roles = 'system_guest'")
            .bind(channel).fetch_one(conn).await)
    }

    /// Returns the ids of a channel's members.
    pub async fn channel_member_ids(&self, channel: &ChannelId) -> Result<Vec<UserId>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar("select user_id from channel_members where channel_id = $1")
            .bind(channel).fetch_all(conn).await)
    }

    /// Returns the ids of a channel's members, and of its team's members except guests.
    pub async fn channel_and_team_member_ids(&self, channel: &ChannelId) -> Result<Vec<UserId>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(
            "select user_id from channel_members where channel_id = $1 union \
             select m.user_id from channels c join team_members m on m.team_id = c.team_id and m.delete_at = 0 \
             join users u on u.id = m.user_id where c.id = $1 and u.roles <> 'system_guest'")
            .bind(channel).fetch_all(conn).await)
    }

    /// Returns the accounts in a channel, by id, after the given one.
    pub async fn channel_users(
        &self,
        channel: &ChannelId,
        after: Option<&UserId>,
        limit: i64,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.map_or("", UserId::as_str);
        read!(self.db, conn => sqlx::query_as(PEOPLE).bind(channel).bind(after).bind(limit).fetch_all(conn).await)
    }
}

pub(super) async fn insert(tx: &mut Tx, channel: &Channel) -> Result<(), StoreError> {
    run_insert(tx, INSERT, channel).await?;
    Ok(())
}

/// Inserts a channel of no team unless its name is taken. Returns whether the row is new.
pub(super) async fn insert_new(tx: &mut Tx, channel: &Channel) -> Result<bool, StoreError> {
    Ok(run_insert(tx, INSERT_NEW, channel).await? > 0)
}

async fn run_insert(tx: &mut Tx, sql: &'static str, channel: &Channel) -> Result<u64, StoreError> {
    run!(
        tx,
        sql,
        [
            &channel.id,
            &channel.team_id,
            &channel.gid,
            channel.kind,
            &channel.name,
            &channel.display_name,
            &channel.header,
            &channel.purpose,
            &channel.creator_id,
            channel.create_at,
            channel.update_at,
            channel.delete_at
        ]
    )
    .await
}

/// Adds a member. Returns whether the row is new.
pub(super) async fn add(tx: &mut Tx, member: &ChannelMember) -> Result<bool, StoreError> {
    let rows = run!(
        tx,
        "insert into channel_members (channel_id, user_id, roles, last_viewed_at, msg_count, msg_count_root, \
         mention_count) select id, $2, $3, $4, total_msg_count, total_msg_count_root, 0 from channels where id = $1 \
         on conflict (channel_id, user_id) do nothing",
        [&member.channel_id, &member.user_id, &member.roles, member.last_viewed_at]
    )
    .await?;
    Ok(rows > 0)
}
