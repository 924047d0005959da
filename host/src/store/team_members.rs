//! `team_members`: the members of a team and their roles.

use std::collections::HashMap;

use const_format::concatcp;
use sqlx::types::Json;

use super::cache::Load;
use super::sqlite::over_rows;
use super::{Db, Store, StoreError};
use crate::model::{TeamId, TeamMember, Timestamp, UserId};

const SELECT_MEMBER: &str = "select team_id, user_id, roles, delete_at from team_members where ";
/// Without the accounts that left.
const SELECT_PRESENT: &str = concatcp!(SELECT_MEMBER, "delete_at = 0 and ");

const LOADED: [&str; 2] =
    over_rows!(concatcp!(SELECT_PRESENT, "(team_id, user_id) in (select value ->> 0, value ->> 1"), ")");
const PAST_ONE: &str = concatcp!(SELECT_MEMBER, "team_id = $1 and user_id = $2");
const PAGE: &str = concatcp!(SELECT_PRESENT, "team_id = $1 order by user_id limit $2 offset $3");
const OF_USER: &str = concatcp!(SELECT_PRESENT, "user_id = $1 order by team_id");
const PAST_OF_USER: &str = concatcp!(SELECT_MEMBER, "user_id = $1 order by team_id");
const BY_IDS: [&str; 2] =
    over_texts!(concatcp!(SELECT_PRESENT, "team_id = $1 and user_id in"), "$2", "order by user_id");

/// Bytes of a membership, about.
const MEMBERSHIP_BYTES: usize = 256;

impl Load for TeamMember {
    type Key = (TeamId, UserId);

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        MEMBERSHIP_BYTES
    }

    async fn load(db: &Db, keys: &[(TeamId, UserId)]) -> Result<HashMap<Self::Key, Self>, StoreError> {
        let members: Vec<Self> =
            read!(db, conn => sqlx::query_as(db.of(LOADED)).bind(Json(keys)).fetch_all(conn).await)?;
        let key = |member: &Self| (member.team_id.clone(), member.user_id.clone());
        Ok(members.into_iter().map(|member| (key(&member), member)).collect())
    }
}

impl Store {
    pub async fn team_member(&self, team: &TeamId, user: &UserId) -> Result<Option<TeamMember>, StoreError> {
        let key = (team.clone(), user.clone());
        Ok(self.load.team_members.get(&key).await?.map(|member| (*member).clone()))
    }

    /// As [`Self::team_member`], but also returns the row of an account that left the team.
    pub async fn past_team_member(
        &self,
        team: &TeamId,
        user: &UserId,
    ) -> Result<Option<TeamMember>, StoreError> {
        read!(self.db, conn => sqlx::query_as(PAST_ONE).bind(team).bind(user).fetch_optional(conn).await)
    }

    /// Returns the ids of a team's members.
    pub async fn team_member_ids(&self, team: &TeamId) -> Result<Vec<UserId>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(
            "select user_id from team_members where team_id = $1 and delete_at = 0")
            .bind(team).fetch_all(conn).await)
    }

    pub async fn team_members(
        &self,
        team: &TeamId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<TeamMember>, StoreError> {
        read!(self.db, conn => sqlx::query_as(PAGE).bind(team).bind(limit).bind(offset)
            .fetch_all(conn).await)
    }

    /// Returns the memberships of these accounts in the team, by account.
    pub async fn team_members_by_ids(
        &self,
        team: &TeamId,
        users: &[UserId],
    ) -> Result<Vec<TeamMember>, StoreError> {
        let sql = self.db.of(BY_IDS);
        read!(self.db, conn => sqlx::query_as(sql).bind(team).bind(Json(users)).fetch_all(conn).await)
    }

    /// Returns the user's memberships, by team.
    pub async fn team_memberships_of(&self, user: &UserId) -> Result<Vec<TeamMember>, StoreError> {
        read!(self.db, conn => sqlx::query_as(OF_USER).bind(user).fetch_all(conn).await)
    }

    /// As [`Self::team_memberships_of`], with the teams that the user left.
    pub async fn past_team_memberships_of(&self, user: &UserId) -> Result<Vec<TeamMember>, StoreError> {
        read!(self.db, conn => sqlx::query_as(PAST_OF_USER).bind(user).fetch_all(conn).await)
    }

    /// Returns how many members a team has, and how many of them are active.
    pub async fn team_member_counts(&self, team: &TeamId) -> Result<(i64, i64), StoreError> {
        read!(self.db, conn => sqlx::query_as(
            "select count(*), count(case when u.delete_at = 0 then 1 end) from team_members m \
             join users u on u.id = m.user_id where m.team_id = $1 and m.delete_at = 0")
            .bind(team).fetch_one(conn).await)
    }

    /// Adds members to teams and their first channels, all or none. Existing members stay unchanged. Returns the
    /// others.
    pub async fn join_teams(&self, members: Vec<TeamMember>) -> Result<Vec<UserId>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut joined = Vec::new();
                for member in members {
                    if super::teams::join(tx, &member).await? {
                        joined.push(member.user_id);
                    }
                }
                Ok(joined)
            })
        })
        .await
    }

    /// Sets a member's roles. Returns whether the member exists.
    pub async fn set_team_roles(
        &self,
        team: &TeamId,
        user: &UserId,
        roles: String,
    ) -> Result<bool, StoreError> {
        let (team, user) = (team.clone(), user.clone());
        let rows = unit!(
            self,
            "update team_members set roles = $3 where team_id = $1 and user_id = $2 and delete_at = 0",
            [&team, &user, &roles]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Removes a member from a team and all its channels, and their sidebar there. Returns whether the member existed.
    pub async fn leave_team(&self, team: &TeamId, user: &UserId, at: Timestamp) -> Result<bool, StoreError> {
        let (team, user) = (team.clone(), user.clone());
        self.write(move |tx| {
            Box::pin(async move {
                super::threads::unfollow_team(tx, &team, &user).await?;
                let rows = on_tx!(tx, conn => {
                    sqlx::query("delete from sidebar_categories where team_id = $1 and user_id = $2")
                        .bind(&team).bind(&user).execute(&mut *conn).await?;
                    sqlx::query(
                        "delete from channel_members where user_id = $2 and channel_id in \
                         (select id from channels where team_id = $1)")
                        .bind(&team).bind(&user).execute(&mut *conn).await?;
                    sqlx::query(
                        "update team_members set delete_at = $3 where team_id = $1 and user_id = $2 and delete_at = 0")
                        .bind(&team).bind(&user).bind(at).execute(conn).await?.rows_affected()
                });
                Ok(rows > 0)
            })
        })
        .await
    }
}
