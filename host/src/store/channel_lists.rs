//! Lists of channels, one for each list that clients request.

use const_format::concatcp;
use sqlx::types::Json;

use super::channels::{CHANNEL, SELECT_CHANNEL};
use super::list::fill_to;
use super::sqlite::over_rows;
use super::{Db, Store, StoreError, sql};
use crate::model::{
    ChannelId, ChannelWithCounts, LinkedChannel, OWN_CHANNELS_BYTES, TeamId, Timestamp, UserId,
};

const OF_USER: &str = concatcp!(
    SELECT_CHANNEL,
    "join channel_members m on m.channel_id = c.id where m.user_id = $1 \
     and (c.delete_at = 0 or ($2 and c.delete_at >= $3)) order by c.id"
);
const OF_USER_IN_TEAM: &str = concatcp!(
    SELECT_CHANNEL,
    "join channel_members m on m.channel_id = c.id where m.user_id = $1 and (c.team_id = $2 or c.team_id is null) \
     and (c.delete_at = 0 or ($3 and c.delete_at >= $4)) order by c.display_name, c.id"
);
const DELETED: &str = concatcp!(
    SELECT_CHANNEL,
    "where c.team_id = $1 and c.delete_at <> 0 and (cast($2 as text) is null or (c.kind = 'O' and $3) or exists \
     (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $2)) \
     order by c.display_name, c.id limit $4 offset $5"
);
const PRIVATE: &str = concatcp!(
    SELECT_CHANNEL,
    "where c.team_id = $1 and c.kind = 'P' and c.delete_at = 0 order by c.display_name, c.id limit $2 offset $3"
);
const PUBLIC_BY_IDS: [&str; 2] = over_texts!(
    concatcp!(SELECT_CHANNEL, "where c.delete_at = 0 and c.kind = 'O' and c.team_id = $1 and c.id in"),
    "$2",
    "order by c.id"
);
const FOUND: &str = concatcp!(
    SELECT_CHANNEL,
    "where c.team_id = $1 and c.delete_at = 0 and (lower(c.name) like $3 escape '!' or \
     lower(c.display_name) like $3 escape '!' or lower(c.purpose) like $3 escape '!') and \
     ((c.kind = 'O' and $5) or exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $2)) \
     order by c.display_name, c.id limit $4"
);
pub(super) const SELECT_WITH_TEAM: &str = concatcp!(
    "select ",
    CHANNEL,
    ", t.name as team_name, t.display_name as team_display_name, t.update_at as team_update_at \
     from channels c join teams t on t.id = c.team_id "
);

/// The named channels of the teams that the first ones belong to.
const LINKED: [&str; 2] = over_rows!(
    "with named (channel_id, name) as (select value ->> 0, value ->> 1",
    ") select n.channel_id as from_channel, c.name, c.display_name, t.name as team_name from named n \
     join channels own on own.id = n.channel_id join channels c on c.team_id = own.team_id and c.name = n.name \
     join teams t on t.id = c.team_id where c.kind = 'O' and c.delete_at = 0"
);

impl Store {
    /// Returns the public channels with these names, each in the team of the channel beside it.
    pub async fn linked_channels(
        &self,
        named: &[(ChannelId, String)],
    ) -> Result<Vec<LinkedChannel>, StoreError> {
        let sql = self.db.of(LINKED);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(named)).fetch_all(conn).await)
    }

    /// Returns every channel the user is a member of, in any team or none; the archived ones only if they were archived
    /// at `archived_since` or later.
    pub async fn all_channels_of(
        &self,
        user: &UserId,
        archived_since: Option<Timestamp>,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let since = archived_since.unwrap_or(Timestamp::NEVER);
        read!(self.db, conn => fill_to(OWN_CHANNELS_BYTES, sqlx::query_as(OF_USER).bind(user)
            .bind(archived_since.is_some()).bind(since).fetch(conn)).await)
    }

    /// Returns the channels of a team, and those of no team, that the user is a member of, by their display names; the
    /// archived ones only if they were archived at `archived_since` or later.
    pub async fn own_channels_in(
        &self,
        user: &UserId,
        team: &TeamId,
        archived_since: Option<Timestamp>,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let since = archived_since.unwrap_or(Timestamp::NEVER);
        read!(self.db, conn => fill_to(OWN_CHANNELS_BYTES, sqlx::query_as(OF_USER_IN_TEAM).bind(user).bind(team)
            .bind(archived_since.is_some()).bind(since).fetch(conn)).await)
    }

    /// Returns a team's archived channels: those `of` is a member of and, with `public`, the public ones; without
    /// `of`, all.
    pub async fn archived_channels(
        &self,
        team: &TeamId,
        of: Option<&UserId>,
        public: bool,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => sqlx::query_as(DELETED).bind(team).bind(of).bind(public).bind(limit)
            .bind(offset).fetch_all(conn).await)
    }

    pub async fn private_channels(
        &self,
        team: &TeamId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => sqlx::query_as(PRIVATE).bind(team).bind(limit).bind(offset)
            .fetch_all(conn).await)
    }

    /// Returns the team's public channels with these ids, by id.
    pub async fn public_channels_by_ids(
        &self,
        team: &TeamId,
        ids: &[ChannelId],
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let sql = self.db.of(PUBLIC_BY_IDS);
        read!(self.db, conn => sqlx::query_as(sql).bind(team).bind(Json(ids)).fetch_all(conn).await)
    }

    /// Returns a team's channels whose name, display name or purpose contains a text, ignoring case: those the user is
    /// a member of and, with `public`, the public ones.
    pub async fn search_channels(
        &self,
        team: &TeamId,
        user: &UserId,
        public: bool,
        text: &str,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let pattern = sql::containing(text);
        read!(self.db, conn => sqlx::query_as(FOUND).bind(team).bind(user).bind(&pattern).bind(limit)
            .bind(public).fetch_all(conn).await)
    }
}
