//! The pictures of accounts and teams: which blob, and since when.

use std::collections::HashSet;

use sqlx::types::Json;

use super::{Db, Store, StoreError};
use crate::model::{FileId, TeamId, Timestamp, UserId};

const KNOWN: [&str; 2] = over_texts!("select picture_id from users where picture_id in", "$1", "");
const KNOWN_OF_TEAMS: [&str; 2] = over_texts!("select picture_id from teams where picture_id in", "$1", "");

impl Store {
    /// Sets or removes an account's picture, and returns the earlier one.
    pub async fn set_picture(
        &self,
        user: &UserId,
        picture: Option<FileId>,
        at: Timestamp,
    ) -> Result<Option<FileId>, StoreError> {
        let user = user.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let picture_at = if picture.is_some() { at } else { Timestamp::NEVER };
                // The first statement locks the row, so that of two concurrent changes each knows its predecessor.
                run!(tx, "update users set update_at = $2 where id = $1", [&user, at]).await?;
                let earlier: Option<Option<FileId>> = on_tx!(tx, conn => sqlx::query_scalar(
                    "select picture_id from users where id = $1").bind(&user).fetch_optional(conn).await?);
                let set = "update users set picture_id = $2, picture_at = $3 where id = $1";
                run!(tx, set, [&user, &picture, picture_at]).await?;
                Ok(earlier.flatten())
            })
        })
        .await
    }

    pub async fn picture(&self, user: &UserId) -> Result<Option<FileId>, StoreError> {
        let found: Option<Option<FileId>> = read!(self.db, conn => sqlx::query_scalar(
            "select picture_id from users where id = $1").bind(user).fetch_optional(conn).await)?;
        Ok(found.flatten())
    }

    /// Returns those of these pictures that accounts have.
    pub async fn known_pictures(&self, ids: &[FileId]) -> Result<HashSet<FileId>, StoreError> {
        let sql = self.db.of(KNOWN);
        let rows: Vec<FileId> =
            read!(self.db, conn => sqlx::query_scalar(sql).bind(Json(ids)).fetch_all(conn).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Sets or removes a team's picture, and returns the earlier one.
    pub async fn set_team_picture(
        &self,
        team: &TeamId,
        picture: Option<FileId>,
        at: Timestamp,
    ) -> Result<Option<FileId>, StoreError> {
        let team = team.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let picture_at = if picture.is_some() { at } else { Timestamp::NEVER };
                // The first statement locks the row, as in `set_picture`.
                let touch = "update teams set update_at = case when update_at >= $2 then update_at + 1 else $2 end \
                    where id = $1";
                run!(tx, touch, [&team, at]).await?;
                let earlier: Option<Option<FileId>> = on_tx!(tx, conn => sqlx::query_scalar(
                    "select picture_id from teams where id = $1").bind(&team).fetch_optional(conn).await?);
                let set = "update teams set picture_id = $2, picture_at = $3 where id = $1";
                run!(tx, set, [&team, &picture, picture_at]).await?;
                Ok(earlier.flatten())
            })
        })
        .await
    }

    pub async fn team_picture(&self, team: &TeamId) -> Result<Option<FileId>, StoreError> {
        let found: Option<Option<FileId>> = read!(self.db, conn => sqlx::query_scalar(
            "select picture_id from teams where id = $1").bind(team).fetch_optional(conn).await)?;
        Ok(found.flatten())
    }

    /// Returns those of these pictures that teams have.
    pub async fn known_team_pictures(&self, ids: &[FileId]) -> Result<HashSet<FileId>, StoreError> {
        let sql = self.db.of(KNOWN_OF_TEAMS);
        let rows: Vec<FileId> =
            read!(self.db, conn => sqlx::query_scalar(sql).bind(Json(ids)).fetch_all(conn).await)?;
        Ok(rows.into_iter().collect())
    }
}
