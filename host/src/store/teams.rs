//! `teams`, and how accounts join them.

use std::collections::HashMap;

use const_format::concatcp;
use sqlx::types::Json;

use super::cache::Load;
use super::list::fill;
use super::{Db, Store, StoreError, Tx, sql};
use crate::model::{Channel, FIRST_CHANNELS, Team, TeamChange, TeamId, TeamMember, Timestamp, UserId, role};

pub(super) const SELECT_TEAM: &str = "select teams.id, teams.name, teams.display_name, teams.description, \
    teams.kind, teams.open, teams.email, teams.company_name, teams.allowed_domains, teams.picture_at, teams.invite_id, teams.create_at, teams.update_at, teams.delete_at from teams ";

const BY_ID: &str = concatcp!(SELECT_TEAM, "where id = $1");
const BY_IDS: [&str; 2] = over_texts!(concatcp!(SELECT_TEAM, "where id in"), "$1", "");
const BY_NAME: &str = concatcp!(SELECT_TEAM, "where name = $1");
const OF_USER: &str = concatcp!(
    SELECT_TEAM,
    "join team_members m on m.team_id = teams.id where m.user_id = $1 and m.delete_at = 0 and teams.delete_at = 0 order by teams.id"
);
const PAGE: &str = concatcp!(SELECT_TEAM, "where delete_at = 0 order by id limit $1 offset $2");
const OPEN_PAGE: &str =
    concatcp!(SELECT_TEAM, "where delete_at = 0 and open = $3 order by id limit $1 offset $2");
const IS_FOUND: &str = "where delete_at = 0 and \
    (lower(name) like $1 escape '!' or lower(display_name) like $1 escape '!') \
    and (cast($2 as text) is null or (open and $3) or exists (select 1 from team_members m \
    where m.team_id = teams.id and m.user_id = $2 and m.delete_at = 0)) ";
const FOUND: &str = concatcp!(SELECT_TEAM, IS_FOUND, "order by display_name, id limit $4 offset $5");
const FOUND_COUNT: &str = concatcp!("select count(*) from teams ", IS_FOUND);

/// `update_at` grows with every change, even with two in one millisecond, because it is part of the entity tag.
const CHANGE: &str = "update teams set display_name = coalesce($2, display_name), \
    description = coalesce($3, description), open = coalesce($4, open), delete_at = coalesce($5, delete_at), \
    kind = coalesce($7, kind), company_name = coalesce($8, company_name), \
    allowed_domains = coalesce($9, allowed_domains), \
    update_at = case when update_at >= $6 then update_at + 1 else $6 end where id = $1";

/// Bytes of a team, about.
const TEAM_BYTES: usize = 2048;

impl Load for Team {
    type Key = TeamId;

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        TEAM_BYTES
    }

    async fn load(db: &Db, keys: &[TeamId]) -> Result<HashMap<TeamId, Self>, StoreError> {
        let teams: Vec<Self> =
            read!(db, conn => sqlx::query_as(db.of(BY_IDS)).bind(Json(keys)).fetch_all(conn).await)?;
        Ok(teams.into_iter().map(|team| (team.id.clone(), team)).collect())
    }
}

impl Store {
    /// Creates a team with its first channels and its first member. Returns `Conflict` if the name is taken.
    pub async fn create_team(
        &self,
        team: Team,
        channels: Vec<Channel>,
        creator: TeamMember,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                run!(
                    tx,
                    "insert into teams (id, name, display_name, description, kind, open, email, company_name, \
                     allowed_domains, invite_id, create_at, update_at, delete_at) \
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                    [
                        &team.id,
                        &team.name,
                        &team.display_name,
                        &team.description,
                        team.kind,
                        team.open,
                        &team.email,
                        &team.company_name,
                        &team.allowed_domains,
                        &team.invite_id,
                        team.create_at,
                        team.update_at,
                        team.delete_at
                    ]
                )
                .await?;
                for channel in &channels {
                    super::channels::insert(tx, channel).await?;
                }
                join(tx, &creator).await?;
                Ok(())
            })
        })
        .await
    }

    pub async fn team(&self, id: &TeamId) -> Result<Option<Team>, StoreError> {
        Ok(self.load.teams.get(id).await?.map(|team| (*team).clone()))
    }

    pub async fn team_by_name(&self, name: &str) -> Result<Option<Team>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_NAME).bind(name).fetch_optional(conn).await)
    }

    /// Returns the teams of a user. Clients read them without pages; teams beyond [`fill`]'s bytes are left out.
    pub async fn teams_of(&self, user: &UserId) -> Result<Vec<Team>, StoreError> {
        read!(self.db, conn => fill(sqlx::query_as(OF_USER).bind(user).fetch(conn)).await)
    }

    /// Returns a page of all teams, or of the open ones only.
    pub async fn teams(&self, open_only: bool, offset: i64, limit: i64) -> Result<Vec<Team>, StoreError> {
        Ok(if open_only {
            read!(self.db, conn => sqlx::query_as(OPEN_PAGE).bind(limit).bind(offset).bind(true).fetch_all(conn).await)?
        } else {
            read!(self.db, conn => sqlx::query_as(PAGE).bind(limit).bind(offset).fetch_all(conn).await)?
        })
    }

    /// Returns teams whose name or display name contains a text, ignoring case: those `of` is a member of and, with
    /// `open`, the open ones; without `of`, all.
    pub async fn search_teams(
        &self,
        text: &str,
        of: Option<&UserId>,
        open: bool,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Team>, StoreError> {
        let pattern = sql::containing(text);
        read!(self.db, conn => sqlx::query_as(FOUND).bind(&pattern).bind(of).bind(open).bind(limit)
            .bind(offset).fetch_all(conn).await)
    }

    /// Changes a team and returns it.
    pub async fn change_team(
        &self,
        id: &TeamId,
        change: TeamChange,
        at: Timestamp,
    ) -> Result<Option<Team>, StoreError> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => {
                    sqlx::query(CHANGE)
                        .bind(&id).bind(&change.display_name).bind(&change.description).bind(change.open)
                        .bind(change.delete_at).bind(at).bind(change.kind).bind(&change.company_name)
                        .bind(&change.allowed_domains).execute(&mut *conn).await?;
                    Ok(sqlx::query_as(BY_ID).bind(&id).fetch_optional(conn).await?)
                })
            })
        })
        .await
    }

    /// Adds a member to a team and to those of its first channels that are public and not archived. Changes nothing
    /// for an existing member. Returns whether the account was no member before.
    pub async fn join_team(&self, member: TeamMember) -> Result<bool, StoreError> {
        self.write(move |tx| Box::pin(async move { join(tx, &member).await })).await
    }

    /// Returns how many teams there are, or how many open ones.
    pub async fn team_count(&self, open_only: bool) -> Result<i64, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(
            "select count(*) from teams where delete_at = 0 and (open or not $1)")
            .bind(open_only).fetch_one(conn).await)
    }

    /// Returns how many teams [`Self::search_teams`] finds.
    pub async fn found_team_count(
        &self,
        text: &str,
        of: Option<&UserId>,
        open: bool,
    ) -> Result<i64, StoreError> {
        let pattern = sql::containing(text);
        read!(self.db, conn => sqlx::query_scalar(FOUND_COUNT).bind(&pattern).bind(of).bind(open)
            .fetch_one(conn).await)
    }
}

/// Adds a member, as [`Store::join_team`].
pub(super) async fn join(tx: &mut Tx, member: &TeamMember) -> Result<bool, StoreError> {
    on_tx!(tx, conn => {
        let joined = sqlx::query(
            "insert into team_members (team_id, user_id, roles, delete_at) values ($1, $2, $3, 0) \
             on conflict (team_id, user_id) do update set delete_at = 0, roles = excluded.roles \
             where team_members.delete_at <> 0")
            .bind(&member.team_id).bind(&member.user_id).bind(&member.roles).execute(&mut *conn).await?
            .rows_affected();
        // A member may have left some of the channels on purpose. Guests are only in the channels they were added to.
        if joined == 0 || member.roles == role::TEAM_GUEST {
            return Ok(joined > 0);
        }
        sqlx::query(
            "insert into channel_members (channel_id, user_id, roles, last_viewed_at, msg_count, msg_count_root, \
             mention_count) select id, $2, 'channel_user', 0, total_msg_count, total_msg_count_root, 0 from channels \
             where team_id = $1 and name in ($3, $4) and kind = 'O' and delete_at = 0 \
             on conflict (channel_id, user_id) do nothing")
            .bind(&member.team_id).bind(&member.user_id).bind(FIRST_CHANNELS[0].0).bind(FIRST_CHANNELS[1].0)
            .execute(conn).await?;
    });
    Ok(true)
}
