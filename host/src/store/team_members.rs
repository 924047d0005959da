//! `team_members`: who is in a team, and as what.

use super::{Db, Store, StoreError};
use crate::model::{TeamId, UserId};

impl Store {
    /// Who is in a team, for sending them its events.
    pub async fn team_member_ids(&self, team: &TeamId) -> Result<Vec<UserId>, StoreError> {
        Ok(on_read!(self.db, pool => sqlx::query_scalar(
            "select user_id from team_members where team_id = $1 and delete_at = 0")
            .bind(team).fetch_all(pool).await?))
    }
}
