//! Changes of channels that are there.

use const_format::concatcp;

use super::channels::SELECT_CHANNEL;
use super::{Store, StoreError, Tx};
use crate::model::{Channel, ChannelChange, ChannelId, Timestamp};

const BY_ID: &str = concatcp!(SELECT_CHANNEL, "where c.id = $1");

/// `update_at` grows with every change, also with two in one millisecond: it is part of the entity tag.
const CHANGE: &str = "update channels set name = coalesce($2, name), display_name = coalesce($3, display_name), \
    header = coalesce($4, header), purpose = coalesce($5, purpose), kind = coalesce($6, kind), \
    delete_at = coalesce($7, delete_at), \
    update_at = case when update_at >= $8 then update_at + 1 else $8 end where id = $1";

impl Store {
    /// The channel as changed. `Conflict`: the team has a channel of the new name.
    pub async fn change_channel(
        &self,
        id: &ChannelId,
        change: ChannelChange,
        at: Timestamp,
    ) -> Result<Option<Channel>, StoreError> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => {
                    sqlx::query(CHANGE)
                        .bind(&id).bind(&change.name).bind(&change.display_name).bind(&change.header)
                        .bind(&change.purpose).bind(change.kind).bind(change.delete_at).bind(at)
                        .execute(&mut *conn).await?;
                    Ok(sqlx::query_as(BY_ID).bind(&id).fetch_optional(conn).await?)
                })
            })
        })
        .await
    }
}
