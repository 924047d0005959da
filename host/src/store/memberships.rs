//! `channel_members`: the members of a channel, their roles and their notification settings.

use const_format::concatcp;
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::list::fill_to;
use super::{Db, Store, StoreError};
use crate::model::{ChannelId, Membership, OWN_CHANNELS_BYTES, TeamId, Timestamp, UserId};

/// The columns of a `ChannelMember`.
pub(super) const MEMBER: &str = "channel_id, user_id, roles, last_viewed_at, msg_count, msg_count_root, mention_count, \
    mention_count_root, urgent_mention_count";

const SELECT_MEMBERSHIP: &str = "select m.channel_id, m.user_id, m.roles, m.last_viewed_at, m.msg_count, \
    m.msg_count_root, m.mention_count, m.mention_count_root, m.urgent_mention_count, m.notify_props, m.last_update_at from channel_members m ";

const ONE: &str = concatcp!(SELECT_MEMBERSHIP, "where m.channel_id = $1 and m.user_id = $2");
const PAGE: &str =
    concatcp!(SELECT_MEMBERSHIP, "where m.channel_id = $1 order by m.user_id limit $2 offset $3");
const OF_USER: &str = concatcp!(
    SELECT_MEMBERSHIP,
    "join channels c on c.id = m.channel_id where m.user_id = $1 \
     and (c.team_id = $2 or c.team_id is null) order by m.channel_id"
);
const EVERYWHERE: &str =
    concatcp!(SELECT_MEMBERSHIP, "where m.user_id = $1 order by m.channel_id limit $2 offset $3");
const TEAMS: [&str; 2] = over_texts!(
    "select c.id as channel_id, t.name, t.display_name, t.update_at from channels c join teams t on t.id = c.team_id \
     where c.id in",
    "$1",
    ""
);
const JOINED: [&str; 2] =
    over_texts!("select channel_id from channel_members where user_id = $1 and channel_id in", "$2", "");
const BY_IDS: [&str; 2] = over_texts!(
    concatcp!(SELECT_MEMBERSHIP, "where m.channel_id = $1 and m.user_id in"),
    "$2",
    "order by m.user_id"
);
const BY_NAMES: [&str; 2] = over_texts!(
    "select u.id, u.username, u.is_bot = false and u.delete_at = 0 and exists (select 1 from team_members t \
     where t.team_id = $1 and t.user_id = u.id and t.delete_at = 0) and not exists (select 1 from channel_members m \
     where m.channel_id = $2 and m.user_id = u.id) as is_unreached from users u where u.username in",
    "$3",
    "order by u.username"
);

/// An account whose name a post mentions.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MentionedUser {
    pub id: UserId,
    pub username: String,
    /// Whether the account is a person in the channel's team and not in the channel.
    pub is_unreached: bool,
}

/// What a list of memberships says about a channel's team.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TeamOfChannel {
    pub channel_id: ChannelId,
    pub name: String,
    pub display_name: String,
    pub update_at: Timestamp,
}

impl Store {
    /// Returns the accounts with these names, and whether a mention in the team's channel reaches them.
    pub async fn mentioned_users(
        &self,
        team: &TeamId,
        channel: &ChannelId,
        usernames: &[String],
    ) -> Result<Vec<MentionedUser>, StoreError> {
        let sql = self.db.of(BY_NAMES);
        read!(self.db, conn => sqlx::query_as(sql).bind(team).bind(channel).bind(Json(usernames))
            .fetch_all(conn).await)
    }

    pub async fn membership(
        &self,
        channel: &ChannelId,
        user: &UserId,
    ) -> Result<Option<Membership>, StoreError> {
        read!(self.db, conn => sqlx::query_as(ONE).bind(channel).bind(user).fetch_optional(conn).await)
    }

    pub async fn memberships(
        &self,
        channel: &ChannelId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Membership>, StoreError> {
        read!(self.db, conn => sqlx::query_as(PAGE).bind(channel).bind(limit).bind(offset)
            .fetch_all(conn).await)
    }

    /// Returns the memberships of these accounts in the channel, by account.
    pub async fn memberships_by_ids(
        &self,
        channel: &ChannelId,
        users: &[UserId],
    ) -> Result<Vec<Membership>, StoreError> {
        let sql = self.db.of(BY_IDS);
        read!(self.db, conn => sqlx::query_as(sql).bind(channel).bind(Json(users)).fetch_all(conn).await)
    }

    /// Returns the user's memberships in a team's channels, archived ones too, and in those of no team, until they fill
    /// a list of own channels.
    pub async fn memberships_of(&self, user: &UserId, team: &TeamId) -> Result<Vec<Membership>, StoreError> {
        read!(self.db, conn => fill_to(OWN_CHANNELS_BYTES, sqlx::query_as(OF_USER).bind(user).bind(team)
            .fetch(conn)).await)
    }

    /// Returns those of these channels that the user is a member of.
    pub async fn joined_among(
        &self,
        user: &UserId,
        channels: &[ChannelId],
    ) -> Result<Vec<ChannelId>, StoreError> {
        let sql = self.db.of(JOINED);
        read!(self.db, conn => sqlx::query_scalar(sql).bind(user).bind(Json(channels)).fetch_all(conn).await)
    }

    /// Returns a page of the user's memberships in all channels, by channel.
    pub async fn memberships_everywhere(
        &self,
        user: &UserId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Membership>, StoreError> {
        read!(self.db, conn => sqlx::query_as(EVERYWHERE).bind(user).bind(limit).bind(offset)
            .fetch_all(conn).await)
    }

    /// Returns the teams of these channels. Channels of no team are left out.
    pub async fn teams_of_channels(&self, channels: &[ChannelId]) -> Result<Vec<TeamOfChannel>, StoreError> {
        let sql = self.db.of(TEAMS);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(channels)).fetch_all(conn).await)
    }

    /// Sets a member's roles. Returns whether the member exists.
    pub async fn set_channel_roles(
        &self,
        channel: &ChannelId,
        user: &UserId,
        roles: String,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (channel, user) = (channel.clone(), user.clone());
        let rows = unit!(
            self,
            "update channel_members set roles = $3, last_update_at = $4 where channel_id = $1 and \
             user_id = $2",
            [&channel, &user, &roles, at]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Changes the given notification settings, and keeps the others. Returns whether the member exists, or
    /// `LimitReached` if the member would have more than `limit` settings.
    pub async fn set_channel_notify(
        &self,
        channel: &ChannelId,
        user: &UserId,
        said: Map<String, Value>,
        limit: usize,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (channel, user) = (channel.clone(), user.clone());
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => {
                    // The first update locks the row, so that concurrent changes do not overwrite each other.
                    let kept: Option<Json<Map<String, Value>>> = sqlx::query_scalar(
                        "update channel_members set last_update_at = $3 where channel_id = $1 and user_id = $2 \
                         returning notify_props")
                        .bind(&channel).bind(&user).bind(at).fetch_optional(&mut *conn).await?;
                    let Some(Json(mut props)) = kept else { return Ok(false) };
                    props.extend(said);
                    if props.len() > limit {
                        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                        return Err(StoreError::LimitReached { what: "notification settings of one channel", limit });
                    }
                    sqlx::query("update channel_members set notify_props = $3 where channel_id = $1 and user_id = $2")
                        .bind(&channel).bind(&user).bind(Json(&props)).execute(conn).await?;
                });
                Ok(true)
            })
        })
        .await
    }

    /// Removes a member, and the channel from their sidebars. Returns whether the member existed.
    pub async fn leave_channel(&self, channel: &ChannelId, user: &UserId) -> Result<bool, StoreError> {
        let (channel, user) = (channel.clone(), user.clone());
        self.write(move |tx| {
            Box::pin(async move {
                super::threads::unfollow_channel(tx, &channel, &user).await?;
                let sidebar = "delete from sidebar_channels where channel_id = $1 and user_id = $2";
                run!(tx, sidebar, [&channel, &user]).await?;
                let sql = "delete from channel_members where channel_id = $1 and user_id = $2";
                Ok(run!(tx, sql, [&channel, &user]).await? > 0)
            })
        })
        .await
    }
}
