//! Posts somebody saved for later: a preference each, whose name is the post's id.

use const_format::concatcp;

use super::posts::SELECT_POST;
use super::{Db, Store, StoreError};
use crate::model::{ChannelId, Post, TeamId, UserId};

/// The category of those preferences, as clients write it.
const CATEGORY: &str = "flagged_post";

// Of the account's own channels only: who left one no longer reads it.
const PAGE: &str = concatcp!(
    SELECT_POST,
    "where delete_at = 0 \
     and id in (select name from preferences where user_id = $1 and category = $2 and value = 'true') \
     and channel_id in (select m.channel_id from channel_members m join channels c on c.id = m.channel_id \
     where m.user_id = $1 and ($3 = '' or c.id = $3) and ($4 = '' or c.team_id = $4 or c.team_id is null)) \
     order by create_at desc, id desc limit $5 offset $6"
);

impl Store {
    /// A page of what somebody flagged in channels they are in, newest first: in this channel, or in this team and in
    /// no team, where one is given.
    pub async fn flagged_posts(
        &self,
        user: &UserId,
        channel: Option<&ChannelId>,
        team: Option<&TeamId>,
        (offset, limit): (i64, i64),
    ) -> Result<Vec<Post>, StoreError> {
        let channel = channel.map_or("", |id| id.as_str());
        let team = team.map_or("", |id| id.as_str());
        read!(self.db, conn => sqlx::query_as(PAGE).bind(user).bind(CATEGORY).bind(channel).bind(team)
            .bind(limit).bind(offset).fetch_all(conn).await)
    }
}
