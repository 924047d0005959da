//! Changes of teams that are there, and finding them.

use super::teams::select_team;
use super::{Db, Store, StoreError, Tx, like};
use crate::model::{Team, TeamChange, TeamId, Timestamp, UserId};

const BY_ID: &str = select_team!("where id = $1");
const FOUND: &str = select_team!(
    "where delete_at = 0 and (lower(name) like $1 escape '!' or lower(display_name) like $1 escape '!') \
     and (cast($2 as text) is null or (open and $3) or exists (select 1 from team_members m \
     where m.team_id = teams.id and m.user_id = $2 and m.delete_at = 0)) order by display_name, id limit $4 offset $5"
);

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

    /// Teams whose name or displayed name holds a text, in any case: those `of` is in, also the `open` ones, or all.
    pub async fn search_teams(
        &self,
        text: &str,
        of: Option<&UserId>,
        open: bool,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Team>, StoreError> {
        let pattern = like::holding(text);
        Ok(on_read!(self.db, pool => sqlx::query_as(FOUND).bind(&pattern).bind(of).bind(open).bind(limit)
            .bind(offset).fetch_all(pool).await?))
    }
}
