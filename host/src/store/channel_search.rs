//! Searches for channels: in a team, across teams, among a user's own; and how many members channels have.

use const_format::concatcp;
use sqlx::types::Json;

use super::channel_lists::SELECT_WITH_TEAM;
use super::channels::SELECT_CHANNEL;
use super::{Db, Store, StoreError, sql};
use crate::model::{
    ChannelFilter, ChannelId, ChannelWithCounts, ChannelWithTeam, FIRST_CHANNELS, Sight, TeamId, UserId,
};

const IS_NAMED: &str = "(lower(c.name) like $1 escape '!' or lower(c.display_name) like $1 escape '!' or \
    lower(c.purpose) like $1 escape '!') ";

const PUBLIC: &str = concatcp!(
    SELECT_CHANNEL,
    "where c.team_id = $2 and c.delete_at = 0 and c.kind = 'O' and ",
    IS_NAMED,
    "order by c.display_name, c.id limit $3"
);
const ARCHIVED: &str = concatcp!(
    SELECT_CHANNEL,
    "where c.team_id = $2 and c.delete_at <> 0 and ",
    IS_NAMED,
    "and ((c.kind = 'O' and $4) or exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $3)) \
     order by c.display_name, c.id limit $5"
);
const OWN: &str = concatcp!(
    SELECT_CHANNEL,
    "join channel_members m on m.channel_id = c.id where m.user_id = $3 and ((c.team_id = $2 and ",
    IS_NAMED,
    ") or (c.team_id is null and exists (select 1 from channel_members o join users u on u.id = o.user_id \
     where o.channel_id = c.id and o.user_id <> $3 and u.username like $1 escape '!'))) \
     order by c.display_name, c.id limit $4"
);
const IN_TEAMS: &str = concatcp!(
    SELECT_WITH_TEAM,
    "join team_members tm on tm.team_id = c.team_id where tm.user_id = $2 and tm.delete_at = 0 and t.delete_at = 0 \
     and c.delete_at = 0 and ",
    IS_NAMED,
    "and ((c.kind = 'O' and $3) or exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $2)) \
     order by c.display_name, c.id limit $4"
);

/// Who is in a group is matched word by word. A word that is absent is `%`, which matches every name.
const GROUPS: &str = concatcp!(
    SELECT_CHANNEL,
    "join channel_members m on m.channel_id = c.id where m.user_id = $1 and c.kind = 'G' ",
    "and exists (select 1 from channel_members o join users u on u.id = o.user_id where o.channel_id = c.id and \
     (u.username like $2 escape '!' or lower(u.first_name) like $2 escape '!' or lower(u.last_name) like $2 escape '!')) \
     and exists (select 1 from channel_members o join users u on u.id = o.user_id where o.channel_id = c.id and \
     (u.username like $3 escape '!' or lower(u.first_name) like $3 escape '!' or lower(u.last_name) like $3 escape '!')) \
     and exists (select 1 from channel_members o join users u on u.id = o.user_id where o.channel_id = c.id and \
     (u.username like $4 escape '!' or lower(u.first_name) like $4 escape '!' or lower(u.last_name) like $4 escape '!')) \
     order by c.last_post_at desc, c.id limit $5"
);

const IS_FILTERED: [&str; 2] = over_texts!(
    concatcp!(
        "where (",
        IS_NAMED,
        "or c.id = $8) and not ($9 and c.name in ('",
        FIRST_CHANNELS[0].0,
        "', '",
        FIRST_CHANNELS[1].0,
        "')) and ((c.kind = 'O' and $2) or (c.kind = 'P' and $3)) \
         and ((c.delete_at = 0 and $4) or (c.delete_at <> 0 and $5)) and ($6 or c.team_id in "
    ),
    "$7",
    ") "
);
const FILTERED: [&str; 2] = [
    concatcp!(SELECT_WITH_TEAM, IS_FILTERED[0], "order by c.display_name, c.id limit $10 offset $11"),
    concatcp!(SELECT_WITH_TEAM, IS_FILTERED[1], "order by c.display_name, c.id limit $10 offset $11"),
];
const FILTERED_COUNT: [&str; 2] = [
    concatcp!("select count(*) from channels c join teams t on t.id = c.team_id ", IS_FILTERED[0]),
    concatcp!("select count(*) from channels c join teams t on t.id = c.team_id ", IS_FILTERED[1]),
];

/// Which channels a user sees. A [`Sight`] is the second and third parameter.
const SEEN: &str = "($2 or exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $1) or \
    (c.kind = 'O' and $3 and exists (select 1 from team_members tm where tm.team_id = c.team_id and tm.user_id = $1 \
    and tm.delete_at = 0))) and c.id in";
const AMONG: [&str; 2] =
    over_texts!(concatcp!("select c.id from channels c where ", SEEN), "$4", "order by c.id");
const COUNTS: [&str; 2] = over_texts!(
    concatcp!(
        "select c.id, (select count(*) from channel_members n where n.channel_id = c.id) from channels c where ",
        SEEN
    ),
    "$4",
    "order by c.id"
);

impl Store {
    /// Returns a team's public channels whose name, display name or purpose contains a text, ignoring case.
    pub async fn search_public_channels(
        &self,
        team: &TeamId,
        text: &str,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let pattern = sql::containing(text);
        read!(self.db, conn => sqlx::query_as(PUBLIC).bind(&pattern).bind(team).bind(limit).fetch_all(conn).await)
    }

    /// Searches a team's archived channels: those the user is a member of and, with `public`, the public ones.
    pub async fn search_archived_channels(
        &self,
        team: &TeamId,
        user: &UserId,
        public: bool,
        text: &str,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let pattern = sql::containing(text);
        read!(self.db, conn => sqlx::query_as(ARCHIVED).bind(&pattern).bind(team).bind(user).bind(public).bind(limit)
            .fetch_all(conn).await)
    }

    /// Searches the channels that the user is a member of: those of a team by their names, archived or not, and those
    /// of no team by the names of their other members.
    pub async fn search_own_channels(
        &self,
        team: &TeamId,
        user: &UserId,
        text: &str,
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let pattern = sql::containing(text);
        read!(self.db, conn => sqlx::query_as(OWN).bind(&pattern).bind(team).bind(user).bind(limit).fetch_all(conn).await)
    }

    /// Searches the channels of all teams that the user is in: those the user is a member of and, with `public`, the
    /// public ones.
    pub async fn search_channels_of_teams(
        &self,
        user: &UserId,
        public: bool,
        text: &str,
        limit: i64,
    ) -> Result<Vec<ChannelWithTeam>, StoreError> {
        let pattern = sql::containing(text);
        read!(self.db, conn => sqlx::query_as(IN_TEAMS).bind(&pattern).bind(user).bind(public).bind(limit)
            .fetch_all(conn).await)
    }

    /// Returns the group channels of a user in which each of these words is part of a member's name, the latest first.
    pub async fn search_groups(
        &self,
        user: &UserId,
        words: [&str; 3],
        limit: i64,
    ) -> Result<Vec<ChannelWithCounts>, StoreError> {
        let [first, second, third] = words.map(sql::containing);
        read!(self.db, conn => sqlx::query_as(GROUPS).bind(user).bind(&first).bind(&second).bind(&third).bind(limit)
            .fetch_all(conn).await)
    }

    /// Returns a page of the channels of all teams that match a filter.
    pub async fn filter_channels(
        &self,
        filter: &ChannelFilter,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ChannelWithTeam>, StoreError> {
        let (sql, pattern) = (self.db.of(FILTERED), sql::containing(&filter.text));
        let id = filter.id.as_ref().map_or("", ChannelId::as_str);
        read!(self.db, conn => sqlx::query_as(sql).bind(&pattern).bind(filter.public).bind(filter.private)
            .bind(filter.active).bind(filter.archived).bind(filter.teams.is_empty()).bind(Json(&filter.teams))
            .bind(id).bind(filter.without_first).bind(limit).bind(offset).fetch_all(conn).await)
    }

    /// Returns how many channels match a filter.
    pub async fn filtered_channel_count(&self, filter: &ChannelFilter) -> Result<i64, StoreError> {
        let (sql, pattern) = (self.db.of(FILTERED_COUNT), sql::containing(&filter.text));
        let id = filter.id.as_ref().map_or("", ChannelId::as_str);
        read!(self.db, conn => sqlx::query_scalar(sql).bind(&pattern).bind(filter.public).bind(filter.private)
            .bind(filter.active).bind(filter.archived).bind(filter.teams.is_empty()).bind(Json(&filter.teams))
            .bind(id).bind(filter.without_first).fetch_one(conn).await)
    }

    /// Returns those of these channels that the user sees.
    pub async fn seen_among(
        &self,
        user: &UserId,
        sight: Sight,
        channels: &[ChannelId],
    ) -> Result<Vec<ChannelId>, StoreError> {
        let sql = self.db.of(AMONG);
        read!(self.db, conn => sqlx::query_scalar(sql).bind(user).bind(sight.all).bind(sight.public)
            .bind(Json(channels)).fetch_all(conn).await)
    }

    /// Returns how many members each of these channels has, for those that the user sees.
    pub async fn member_counts(
        &self,
        user: &UserId,
        sight: Sight,
        channels: &[ChannelId],
    ) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        let sql = self.db.of(COUNTS);
        read!(self.db, conn => sqlx::query_as(sql).bind(user).bind(sight.all).bind(sight.public)
            .bind(Json(channels)).fetch_all(conn).await)
    }
}
