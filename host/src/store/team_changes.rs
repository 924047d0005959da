//! Changes of teams that are there.

use const_format::concatcp;

use super::teams::SELECT_TEAM;
use super::{Store, StoreError, Tx};
use crate::model::{Team, TeamChange, TeamId, Timestamp};

const BY_ID: &str = concatcp!(SELECT_TEAM, "where id = $1");

/// `update_at` grows with every change, also with two in one millisecond: it is part of the entity tag.
const CHANGE: &str = "update teams set display_name = coalesce($2, display_name), \
    description = coalesce($3, description), open = coalesce($4, open), delete_at = coalesce($5, delete_at), \
    update_at = case when update_at >= $6 then update_at + 1 else $6 end where id = $1";

impl Store {
    /// The team as changed.
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
                        .bind(change.delete_at).bind(at).execute(&mut *conn).await?;
                    Ok(sqlx::query_as(BY_ID).bind(&id).fetch_optional(conn).await?)
                })
            })
        })
        .await
    }
}
