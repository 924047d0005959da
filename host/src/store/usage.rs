//! How much the server is used. The counters of channels say how many posts there are, so that no post is counted.

use super::{Db, Store, StoreError};
use crate::model::TeamId;

/// What is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Usage {
    pub posts: i64,
    pub file_bytes: i64,
    pub teams: i64,
}

/// How many there are, on the server or in one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    pub public_channels: i64,
    pub private_channels: i64,
    pub posts: i64,
    pub users: i64,
    pub inactive_users: i64,
    pub teams: i64,
}

const USAGE: &str = "select \
    (select cast(coalesce(sum(total_msg_count), 0) as bigint) from channels) as posts, \
    (select cast(coalesce(sum(size), 0) as bigint) from files) as file_bytes, \
    (select count(*) from teams where delete_at = 0) as teams";

const COUNTS: &str = "select \
    (select count(*) from channels where kind = 'O' and delete_at = 0 and ($1 = '' or team_id = $1)) as public_channels, \
    (select count(*) from channels where kind = 'P' and delete_at = 0 and ($1 = '' or team_id = $1)) as private_channels, \
    (select cast(coalesce(sum(total_msg_count), 0) as bigint) from channels where $1 = '' or team_id = $1) as posts, \
    (select count(*) from users u where not is_bot and delete_at = 0 and ($1 = '' or exists (select 1 from \
    team_members m where m.user_id = u.id and m.team_id = $1 and m.delete_at = 0))) as users, \
    (select count(*) from users u where not is_bot and delete_at <> 0 and ($1 = '' or exists (select 1 from \
    team_members m where m.user_id = u.id and m.team_id = $1 and m.delete_at = 0))) as inactive_users, \
    (select count(*) from teams where delete_at = 0) as teams";

impl Store {
    pub async fn server_usage(&self) -> Result<Usage, StoreError> {
        read!(self.db, conn => sqlx::query_as(USAGE).fetch_one(conn).await)
    }

    /// Returns the counts of the whole server, or of one team.
    pub async fn server_counts(&self, team: Option<&TeamId>) -> Result<Counts, StoreError> {
        let team = team.map_or("", TeamId::as_str);
        read!(self.db, conn => sqlx::query_as(COUNTS).bind(team).fetch_one(conn).await)
    }
}
