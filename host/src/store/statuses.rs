//! `statuses`: the statuses that users set by hand.

use sqlx::types::Json;

use super::{Db, Store, StoreError};
use crate::model::{ChosenStatus, UserId};

const OF: [&str; 2] =
    over_texts!("select user_id, status, dnd_end_at, set_at from statuses where user_id in", "$1", "");

impl Store {
    /// Stores the status that a user chose, and replaces an earlier one.
    pub async fn choose_status(&self, chosen: ChosenStatus) -> Result<(), StoreError> {
        unit!(
            self.beside_cache(),
            "insert into statuses (user_id, status, dnd_end_at, set_at) values ($1, $2, $3, $4) \
             on conflict (user_id) do update set status = excluded.status, \
             dnd_end_at = excluded.dnd_end_at, set_at = excluded.set_at",
            [&chosen.user_id, chosen.presence, chosen.dnd_end_at, chosen.set_at]
        )
        .await?;
        Ok(())
    }

    /// Deletes the status that a user chose.
    pub async fn clear_status(&self, user: &UserId) -> Result<(), StoreError> {
        let user = user.clone();
        unit!(self.beside_cache(), "delete from statuses where user_id = $1", [&user]).await?;
        Ok(())
    }

    /// Returns the status that a user chose, even if it has expired.
    pub async fn chosen_status(&self, user: &UserId) -> Result<Option<ChosenStatus>, StoreError> {
        read!(self.db, conn => sqlx::query_as(
            "select user_id, status, dnd_end_at, set_at from statuses where user_id = $1")
            .bind(user).fetch_optional(conn).await)
    }

    /// Returns the statuses that these users chose. Users who chose none are left out.
    pub async fn chosen_statuses(&self, users: &[UserId]) -> Result<Vec<ChosenStatus>, StoreError> {
        let sql = self.db.of(OF);
        read!(self.db, conn => sqlx::query_as(sql).bind(Json(users)).fetch_all(conn).await)
    }
}
