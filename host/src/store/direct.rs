//! Direct and group channels: the channels of no team. There is one for each set of members.

use const_format::concatcp;

use super::channels::SELECT_CHANNEL;
use super::{Db, Store, StoreError, Tx};
use crate::model::{Channel, ChannelMember};

const BY_NAME: &str = concatcp!(SELECT_CHANNEL, "where c.team_id is null and c.name = $1");

impl Store {
    /// Returns the channel of no team with this name.
    pub async fn teamless_channel(&self, name: &str) -> Result<Option<Channel>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_NAME).bind(name).fetch_optional(conn).await)
    }

    /// Creates a channel of no team with its members, unless one of this name exists. Returns the channel, and whether
    /// this call created it. Of two concurrent calls only one creates it, and both return the same channel.
    pub async fn open_teamless_channel(
        &self,
        channel: Channel,
        members: Vec<ChannelMember>,
    ) -> Result<(Channel, bool), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let made = insert_new(tx, &channel).await?;
                if made {
                    for member in &members {
                        super::channels::add(tx, member).await?;
                    }
                    return Ok((channel, true));
                }
                let found =
                    on_tx!(tx, conn => sqlx::query_as(BY_NAME).bind(&channel.name).fetch_one(conn).await?);
                Ok((found, false))
            })
        })
        .await
    }
}

/// Inserts a channel unless its name is taken. Returns whether the row is new.
async fn insert_new(tx: &mut Tx, channel: &Channel) -> Result<bool, StoreError> {
    let rows = run!(
        tx,
        "insert into channels (id, team_id, gid, kind, name, display_name, header, purpose, creator_id, \
         total_msg_count, last_post_at, create_at, update_at, delete_at) \
         values ($1, null, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         on conflict (name) where team_id is null do nothing",
        [
            &channel.id,
            &channel.gid,
            channel.kind,
            &channel.name,
            &channel.display_name,
            &channel.header,
            &channel.purpose,
            &channel.creator_id,
            channel.total_msg_count,
            channel.last_post_at,
            channel.create_at,
            channel.update_at,
            channel.delete_at
        ]
    )
    .await?;
    Ok(rows > 0)
}
