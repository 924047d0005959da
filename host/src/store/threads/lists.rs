//! Lists and totals of the threads that an account follows. They contain the threads of channels that it is in.

use const_format::concatcp;

use super::{Threads, UNREAD_REPLIES};
use crate::model::{ChannelId, TeamId, Thread, ThreadFilter, ThreadTotals, UserId};
use crate::store::list::fill;
use crate::store::posts::{EARLY_ROWS, EARLY_TAIL, POST};
use crate::store::{Db, StoreError};

const FOLLOWED: &str = "join channels c on c.id = p.channel_id join channel_members m on m.channel_id = p.channel_id \
    and m.user_id = tm.user_id where tm.user_id = $1 and tm.following and p.reply_count > 0 \
    and (p.delete_at = 0 or $2) and (p.last_reply_at > tm.last_viewed_at or not $3) ";
const LISTED: &str = "and (c.team_id = $4 or (c.team_id is null and not $5)) \
    and (p.last_reply_at >= $6 or tm.last_update_at >= $6) ";

const SELECT_THREAD: &str =
    concatcp!("select ", POST, ", tm.last_viewed_at, tm.unread_mentions, ", UNREAD_REPLIES, " ");

/// PostgreSQL ends the list early itself, as lists of posts do: see `posts`.
const EARLY_HEAD: &str = concatcp!(
    "select ",
    POST,
    ", p.last_viewed_at, p.unread_mentions, p.unread_replies from (select q.*, sum(octet_length(q.message) + \
     octet_length(q.props)) over (order by "
);

/// Unread replies are counted, and posts read, only for the threads of the page.
macro_rules! page {
    ($place:expr, $direction:literal) => {{
        const ORDER: &str = concatcp!("p.last_reply_at", $direction, ", p.id", $direction);
        const SELECT: &str = concatcp!(
            SELECT_THREAD,
            "from (select tm.post_id, tm.last_viewed_at, tm.unread_mentions from thread_members tm \
             join posts p on p.id = tm.post_id ",
            FOLLOWED,
            LISTED,
            $place,
            " order by ",
            ORDER,
            " limit $8) tm join posts p on p.id = tm.post_id order by ",
            ORDER
        );
        const EARLY_ORDER: &str = concatcp!("last_reply_at", $direction, ", id", $direction);
        [SELECT, concatcp!(EARLY_HEAD, EARLY_ORDER, EARLY_ROWS, SELECT, EARLY_TAIL, EARLY_ORDER)]
    }};
}

const PAGE: [&str; 2] = page!(
    "and ($7 = '' or (p.last_reply_at, p.id) < (select a.last_reply_at, a.id from posts a where a.id = $7))",
    " desc"
);
const NEWER_PAGE: [&str; 2] =
    page!("and (p.last_reply_at, p.id) > (select a.last_reply_at, a.id from posts a where a.id = $7)", "");
const TOTALS: &str = concatcp!(
    "select c.team_id, count(*) as threads, \
     cast(sum(case when p.last_reply_at > tm.last_viewed_at then 1 else 0 end) as bigint) as unread_threads, \
     cast(sum(tm.unread_mentions) as bigint) as unread_mentions, \
     cast(sum(case when p.priority = 'urgent' then tm.unread_mentions else 0 end) as bigint) as unread_urgent_mentions \
     from thread_members tm join posts p on p.id = tm.post_id ",
    FOLLOWED,
    "group by c.team_id"
);
const MENTIONS: &str = concatcp!(
    "select p.channel_id, cast(sum(tm.unread_mentions) as bigint) from thread_members tm \
     join posts p on p.id = tm.post_id ",
    FOLLOWED,
    "and (c.team_id = $4 or c.team_id is null) and tm.unread_mentions > 0 group by p.channel_id"
);

impl Threads {
    /// Returns the threads that an account follows, those with the newest replies first. With `after`, the threads that
    /// follow that one, oldest first. The list ends early where it fills a response: see [`fill`].
    pub async fn list(
        &self,
        user: &UserId,
        filter: &ThreadFilter,
        limit: i64,
    ) -> Result<Vec<Thread>, StoreError> {
        let (statements, place) = match (&filter.before, &filter.after) {
            (_, Some(after)) => (NEWER_PAGE, after.as_str()),
            (before, None) => (PAGE, before.as_ref().map_or("", |id| id.as_str())),
        };
        let team = filter.team.as_ref().map_or("", |id| id.as_str());
        let sql = self.0.db.of(statements);
        read!(self.0.db, conn => fill(sqlx::query_as(sql).bind(user).bind(filter.with_deleted).bind(filter.only_unread)
            .bind(team).bind(filter.without_direct).bind(filter.since).bind(place).bind(limit).fetch(conn)).await)
    }

    /// Returns how many threads an account follows, by team; those of direct and group channels have none.
    pub async fn totals(&self, user: &UserId, with_deleted: bool) -> Result<Vec<ThreadTotals>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(TOTALS).bind(user).bind(with_deleted).bind(false).fetch_all(conn).await)
    }

    /// Returns the channels of a team and of no team where unread replies of followed threads mention an account, each
    /// with their number.
    pub async fn mentions(&self, user: &UserId, team: &TeamId) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(MENTIONS).bind(user).bind(false).bind(false).bind(team)
            .fetch_all(conn).await)
    }
}
