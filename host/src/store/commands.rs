//! `commands` and `command_responses`.

use const_format::concatcp;

use super::{Db, Store, StoreError, Tx};
use crate::model::{Command, CommandId, ResponseAddress, TeamId, Timestamp};

const SELECT_COMMAND: &str = "select id, sealed_token, creator_id, team_id, trigger_word, method, url, username, icon_url, \
    auto_complete, auto_complete_desc, auto_complete_hint, display_name, description, create_at, update_at, delete_at \
    from commands ";

const BY_ID: &str = concatcp!(SELECT_COMMAND, "where id = $1 and delete_at = 0");
const BY_TRIGGER: &str =
    concatcp!(SELECT_COMMAND, "where team_id = $1 and trigger_word = $2 and delete_at = 0");
const OF_TEAM: &str =
    concatcp!(SELECT_COMMAND, "where team_id = $1 and delete_at = 0 order by trigger_word limit $2");
const INSERT: &str = "insert into commands (id, sealed_token, creator_id, team_id, trigger_word, method, url, username, \
    icon_url, auto_complete, auto_complete_desc, auto_complete_hint, display_name, description, create_at, update_at, \
    delete_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const UPDATE: &str = "update commands set sealed_token = $2, team_id = $3, trigger_word = $4, method = $5, url = $6, \
    username = $7, icon_url = $8, auto_complete = $9, auto_complete_desc = $10, auto_complete_hint = $11, \
    display_name = $12, description = $13, update_at = $14 where id = $1 and delete_at = 0";

const ADDRESS: &str = "select digest, command_id, user_id, channel_id, root_id, uses, create_at from command_responses \
    where digest = $1 and create_at > $2";

/// A handle for the commands of teams, and the addresses for their late responses. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Commands(Store);

impl Store {
    /// Returns a handle for the commands of teams.
    pub fn commands(&self) -> Commands {
        Commands(self.clone())
    }
}

impl Commands {
    /// Creates a command. Returns `Conflict` if another one of its team has the trigger.
    pub async fn create(&self, command: Command) -> Result<(), StoreError> {
        self.0.beside_cache().write(move |tx| Box::pin(async move { insert(tx, &command).await })).await
    }

    /// Returns a command, unless it was deleted.
    pub async fn get(&self, id: &CommandId) -> Result<Option<Command>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns the command of a team with this trigger, in lower case.
    pub async fn by_trigger(&self, team: &TeamId, trigger: &str) -> Result<Option<Command>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(BY_TRIGGER).bind(team).bind(trigger).fetch_optional(conn).await)
    }

    /// Returns the commands of a team, in the order of their triggers.
    pub async fn of_team(&self, team: &TeamId, limit: i64) -> Result<Vec<Command>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(OF_TEAM).bind(team).bind(limit).fetch_all(conn).await)
    }

    /// Writes what may change of a command. Returns false if it was deleted, and `Conflict` if another one of its team has
    /// the trigger.
    pub async fn update(&self, command: Command) -> Result<bool, StoreError> {
        let changed = unit!(
            self.0.beside_cache(),
            UPDATE,
            [
                &command.id,
                &command.sealed_token,
                &command.team_id,
                &command.trigger,
                command.method,
                &command.url,
                &command.username,
                &command.icon_url,
                command.auto_complete,
                &command.auto_complete_desc,
                &command.auto_complete_hint,
                &command.display_name,
                &command.description,
                command.update_at
            ]
        )
        .await?;
        Ok(changed > 0)
    }

    /// Marks a command as deleted, so that its trigger is free.
    pub async fn delete(&self, id: &CommandId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        unit!(
            self.0.beside_cache(),
            "update commands set delete_at = $2, update_at = $2 where id = $1 and delete_at = 0",
            [&id, now]
        )
        .await?;
        Ok(())
    }

    /// Stores where a target may respond later.
    pub async fn open_address(&self, address: ResponseAddress) -> Result<(), StoreError> {
        unit!(
            self.0.beside_cache(),
            "insert into command_responses (digest, command_id, user_id, channel_id, root_id, uses, create_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
            [
                &address.digest,
                &address.command_id,
                &address.user_id,
                &address.channel_id,
                &address.root_id,
                address.uses,
                address.create_at
            ]
        )
        .await?;
        Ok(())
    }

    /// Returns an address that was opened after this moment.
    pub async fn address(
        &self,
        digest: &str,
        after: Timestamp,
    ) -> Result<Option<ResponseAddress>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(ADDRESS).bind(digest).bind(after).fetch_optional(conn).await)
    }

    /// Counts a response at an address. Returns false if there were as many as `limit` allows.
    pub async fn use_address(&self, digest: &str, limit: i64) -> Result<bool, StoreError> {
        let digest = digest.to_owned();
        let used = unit!(
            self.0.beside_cache(),
            "update command_responses set uses = uses + 1 where digest = $1 and uses < $2",
            [&digest, limit]
        )
        .await?;
        Ok(used > 0)
    }

    /// Deletes up to `limit` addresses that were opened before this moment, and returns how many.
    pub async fn purge_addresses(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        unit!(
            self.0.beside_cache(),
            "delete from command_responses where digest in \
             (select r.digest from command_responses r where r.create_at < $1 limit $2)",
            [before, limit]
        )
        .await
    }
}

async fn insert(tx: &mut Tx, command: &Command) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT,
        [
            &command.id,
            &command.sealed_token,
            &command.creator_id,
            &command.team_id,
            &command.trigger,
            command.method,
            &command.url,
            &command.username,
            &command.icon_url,
            command.auto_complete,
            &command.auto_complete_desc,
            &command.auto_complete_hint,
            &command.display_name,
            &command.description,
            command.create_at,
            command.update_at,
            command.delete_at
        ]
    )
    .await?;
    Ok(())
}
