//! Channels and accounts as the signed API identifies them: groups by gid, accounts by number.

use const_format::concatcp;
use sqlx::types::Json;

use super::channels::SELECT_CHANNEL;
use super::{Db, Store, StoreError};
use crate::model::{ChannelWithCounts, NumberedUser, UserId};

/// A group is a channel of several members that is not archived.
const ALL: &str = "select c.gid, c.display_name from channels c \
    where c.kind in ('O', 'P', 'G') and c.delete_at = 0 and ($2 = '' or exists \
    (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $2)) order by c.id limit $1";
const BY_GID: &str =
    concatcp!(SELECT_CHANNEL, "where c.gid = $1 and c.kind in ('O', 'P', 'G') and c.delete_at = 0");

const SELECT_USER: &str = "select u.id, u.number, u.username, u.nickname, u.first_name, u.last_name from \
    users u ";

const IN_GROUP: &str = concatcp!(
    SELECT_USER,
    "join channel_members m on m.user_id = u.id join channels c on c.id = m.channel_id \
     where c.gid = $1 and c.kind in ('O', 'P', 'G') and c.delete_at = 0 and u.delete_at = 0 \
     order by u.number limit $2"
);
const IN_ANY: &str = concatcp!(
    SELECT_USER,
    "where u.delete_at = 0 and exists (select 1 from channel_members m join channels c on c.id = m.channel_id \
     where m.user_id = u.id and c.delete_at = 0 and ($2 = '' or exists \
     (select 1 from channel_members mine where mine.channel_id = c.id and mine.user_id = $2))) \
     order by u.number limit $1"
);
// Like `over_texts!`, for numbers.
const BY_NUMBERS: [&str; 2] = [
    concatcp!(SELECT_USER, "where u.number in (select value from json_each($1)) order by u.number"),
    concatcp!(
        SELECT_USER,
        "where u.number in (select cast(jsonb_array_elements_text($1) as bigint)) order by u.number"
    ),
];
const BY_USERNAMES: [&str; 2] =
    over_texts!(concatcp!(SELECT_USER, "where u.username in"), "$1", "order by u.number");

impl Store {
    /// Returns the gid and name of every group, or of those that `member` is in, oldest first.
    pub async fn groups(
        &self,
        member: Option<&UserId>,
        limit: i64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let member = member.map_or("", UserId::as_str);
        read!(self.db, conn => sqlx::query_as(ALL).bind(limit).bind(member).fetch_all(conn).await)
    }

    /// Returns the group with this gid.
    pub async fn group(&self, gid: &str) -> Result<Option<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_GID).bind(gid).fetch_optional(conn).await)
    }

    /// Returns the members of a group, by number.
    pub async fn group_users(&self, gid: &str, limit: i64) -> Result<Vec<NumberedUser>, StoreError> {
        read!(self.db, conn => sqlx::query_as(IN_GROUP).bind(gid).bind(limit).fetch_all(conn).await)
    }

    /// Returns the members of any channel, or of any that `member` is in, by number.
    pub async fn users_in_any_channel(
        &self,
        member: Option<&UserId>,
        limit: i64,
    ) -> Result<Vec<NumberedUser>, StoreError> {
        let member = member.map_or("", UserId::as_str);
        read!(self.db, conn => sqlx::query_as(IN_ANY).bind(limit).bind(member).fetch_all(conn).await)
    }

    /// Returns the accounts with these numbers, including deactivated ones.
    pub async fn users_by_numbers(&self, numbers: &[i64]) -> Result<Vec<NumberedUser>, StoreError> {
        let sql = self.db.of(BY_NUMBERS);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(numbers)).fetch_all(conn).await)
    }

    /// Returns the accounts with these names, including deactivated ones.
    pub async fn users_by_usernames(&self, usernames: &[String]) -> Result<Vec<NumberedUser>, StoreError> {
        let sql = self.db.of(BY_USERNAMES);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(usernames)).fetch_all(conn).await)
    }
}
