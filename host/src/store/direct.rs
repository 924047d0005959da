//! Direct and group channels: the channels of no team. There is one for each set of members.

use const_format::concatcp;

use super::channels::{self, SELECT_CHANNEL};
use super::{Db, Store, StoreError};
use crate::model::{Channel, ChannelMember, ChannelWithCounts};

const BY_NAME: &str = concatcp!(SELECT_CHANNEL, "where c.team_id is null and c.name = $1");

impl Store {
    /// Returns the channel of no team with this name.
    pub async fn teamless_channel(&self, name: &str) -> Result<Option<ChannelWithCounts>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_NAME).bind(name).fetch_optional(conn).await)
    }

    /// Creates a channel of no team with its members, unless one of this name exists. Returns the channel, and whether
    /// this call created it. Of two concurrent calls only one creates it, and both return the same channel.
    pub async fn open_teamless_channel(
        &self,
        channel: Channel,
        members: Vec<ChannelMember>,
    ) -> Result<(ChannelWithCounts, bool), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let made = channels::insert_new(tx, &channel).await?;
                if made {
                    for member in &members {
                        channels::add(tx, member).await?;
                    }
                    return Ok((ChannelWithCounts::of_new(channel), true));
                }
                let found =
                    on_tx!(tx, conn => sqlx::query_as(BY_NAME).bind(&channel.name).fetch_one(conn).await?);
                Ok((found, false))
            })
        })
        .await
    }
}
