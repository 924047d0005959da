//! Moving a channel to another team, with its webhooks.

use super::{Store, StoreError, audit, changes, threads};
use crate::model::{Audit, Changes, ChannelId, TeamId, Timestamp, UserId};

/// What became of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveOutcome {
    /// The channel is in the team now. These members were not, and are removed from the channel.
    Moved(Vec<UserId>),
    /// Some members are not in the team, so nothing changed.
    Strangers,
}

impl Store {
    /// Moves a channel to a team. Members who are not in the team are removed with `force`; without, they prevent the
    /// move. Returns `Conflict` if the team has a channel of that name. Only a move is audited, and writes the message
    /// about it.
    pub async fn move_channel(
        &self,
        id: &ChannelId,
        team: &TeamId,
        force: bool,
        message: Changes,
        at: Timestamp,
        audit: Audit,
    ) -> Result<MoveOutcome, StoreError> {
        let (id, team) = (id.clone(), team.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let removed = on_tx!(tx, conn => {
                    // The update locks the row, so that no other change of the channel comes between.
                    sqlx::query(
                        "update channels set team_id = team_id where id = $1")
                        .bind(&id).execute(&mut *conn).await?;
                    let strangers: Vec<UserId> = sqlx::query_scalar(
                        "select m.user_id from channel_members m where m.channel_id = $1 and not exists \
                         (select 1 from team_members t where t.team_id = $2 and t.user_id = m.user_id and t.delete_at = 0) \
                         order by m.user_id")
                        .bind(&id).bind(&team).fetch_all(&mut *conn).await?;
                    if !force && !strangers.is_empty() {
                        return Ok(MoveOutcome::Strangers);
                    }
                    sqlx::query(
                        "delete from channel_members where channel_id = $1 and not exists (select 1 from team_members t \
                         where t.team_id = $2 and t.user_id = channel_members.user_id and t.delete_at = 0)")
                        .bind(&id).bind(&team).execute(&mut *conn).await?;
                    sqlx::query(
                        "update channels set team_id = $2, \
                         update_at = case when update_at >= $3 then update_at + 1 else $3 end where id = $1")
                        .bind(&id).bind(&team).bind(at).execute(&mut *conn).await?;
                    sqlx::query("update incoming_hooks set team_id = $2 where channel_id = $1")
                        .bind(&id).bind(&team).execute(conn).await?;
                    strangers
                });
                threads::unfollow_removed(tx, &id).await?;
                changes::apply(tx, &message).await?;
                audit::record(tx, &audit).await?;
                Ok(MoveOutcome::Moved(removed))
            })
        })
        .await
    }
}
