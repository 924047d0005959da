//! Read and unread posts: the counters of `channel_members` against those of `channels`.

mod counting;

pub(super) use counting::push;

use std::collections::HashMap;
use std::sync::Arc;

use const_format::concatcp;
use futures_util::StreamExt;
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::cache::Load;
use super::list::fill;
use super::memberships::MEMBER;
use super::posts::SELECT_POST;
use super::sqlite::over_rows;
use super::{Connection, Db, Store, StoreError, Tx};
use crate::model::{
    ChannelId, ChannelKind, ChannelMember, MentionAudience, MentionCounts, MentionTarget, Post, Timestamp,
    UNCOUNTED_KINDS, Unread, UserId,
};

const LISTENER: &str = "select u.id as user_id, u.username, u.first_name, u.notify_props, \
    m.notify_props as channel_props from channel_members m join users u on u.id = m.user_id \
    where m.channel_id = $1 and u.id = $2";
/// The first row holds only the channel's kind.
const AUDIENCES: [&str; 2] = over_texts!(
    "with asked (id) as",
    "$1",
    "select c.id as channel_id, c.kind, null as user_id, null as username, null as first_name, \
     null as notify_props, null as channel_props from asked join channels c on c.id = asked.id \
     union all select m.channel_id, null, u.id, u.username, u.first_name, u.notify_props, m.notify_props \
     from asked join channel_members m on m.channel_id = asked.id join users u on u.id = m.user_id \
     where cast(u.notify_props as text) <> '{}' or cast(m.notify_props as text) <> '{}' \
     order by user_id nulls first"
);
// `cross join` forces SQLite to begin with the few names, not with the many members.
const NAMED: [&str; 2] = over_texts!(
    "select u.username, u.id from users u cross join channel_members m \
     where m.channel_id = $1 and m.user_id = u.id and u.username in",
    "$2",
    ""
);
const POSTS_FROM: &str = concatcp!(
    SELECT_POST,
    "where channel_id = $1 and create_at >= $2 and delete_at = 0 order by create_at, id limit $3"
);
const UNREAD: &str = "select c.id as channel_id, c.team_id, c.total_msg_count - m.msg_count as msg_count, \
    c.total_msg_count_root - m.msg_count_root as msg_count_root, m.mention_count, m.mention_count_root, \
    m.urgent_mention_count, m.notify_props from channel_members m join channels c on c.id = m.channel_id \
    where m.user_id = $1 and c.delete_at = 0 and c.team_id is not null order by c.id";
/// Counts the posts of a channel that a member has read, if they have read it up to a moment: all of them, and those
/// that are not replies.
const READ: [&str; 2] = over_texts!(
    "select c.total_msg_count - later.posts, c.total_msg_count_root - later.roots from channels c cross join \
     (select count(*) as posts, count(case when p.root_id is null then 1 end) as roots from posts p \
     where p.channel_id = $1 and p.create_at >= $2 and p.delete_at = 0 and p.kind not in",
    "$3",
    ") later where c.id = $1"
);
const MARK: &str = concatcp!(
    "update channel_members set last_viewed_at = $3 - 1, msg_count = $4, msg_count_root = $5, mention_count = $6, \
     mention_count_root = $7, urgent_mention_count = $8 where channel_id = $1 and user_id = $2 returning ",
    MEMBER
);

/// Marks channels as read by members: completely, or up to a moment.
const VIEW: [&str; 2] = over_rows!(VIEW_HEAD, VIEW_TAIL);
const VIEW_RETURNING: [&str; 2] =
    over_rows!(VIEW_HEAD, concatcp!(VIEW_TAIL, " returning channel_members.channel_id, last_viewed_at"));
/// Locks the rows in the order in which posts do.
const LOCK: &str = "select 1 from channel_members where user_id = $1 and channel_id in \
    (select jsonb_array_elements_text($2)) order by channel_id collate \"C\" for update";
const VIEW_HEAD: &str = "with new (channel_id, user_id, later, later_roots, at) as (select value ->> 0, value ->> 1, \
    cast(value ->> 2 as bigint), cast(value ->> 3 as bigint), cast(value ->> 4 as bigint)";
const VIEW_TAIL: &str = "), seen as (select new.channel_id, new.user_id, c.total_msg_count - new.later as posts, \
    c.total_msg_count_root - new.later_roots as roots, case when new.later = 0 then c.last_post_at else new.at end as at from new \
    join channels c on c.id = new.channel_id) \
    update channel_members set msg_count = seen.posts, msg_count_root = seen.roots, mention_count = 0, \
    mention_count_root = 0, urgent_mention_count = 0, last_viewed_at = \
    case when last_viewed_at > seen.at then last_viewed_at else seen.at end from seen \
    where channel_members.channel_id = seen.channel_id and channel_members.user_id = seen.user_id";

/// The settings that decide about mentions, with the defaults of those of the account. An audience holds no others, so
/// that a large channel's takes little memory.
const USER_SETTINGS: [(&str, &str); 3] = [("channel", "true"), ("first_name", "false"), ("mention_keys", "")];
const CHANNEL_SETTINGS: [&str; 3] = ["ignore_channel_mentions", "mark_unread", "channel_auto_follow_threads"];

/// Bytes of a member in an audience besides their texts, approximately.
const TARGET_BYTES: usize = 512;

#[derive(sqlx::FromRow)]
struct AudienceRow {
    channel_id: ChannelId,
    kind: Option<ChannelKind>,
    user_id: Option<UserId>,
    username: Option<String>,
    first_name: Option<String>,
    notify_props: Option<Json<Map<String, Value>>>,
    channel_props: Option<Json<Map<String, Value>>>,
}

impl Store {
    /// Marks channels as read. Returns those the user is a member of, by id, with the time up to which each is read.
    pub async fn view_channels(
        &self,
        user: &UserId,
        channels: Vec<ChannelId>,
    ) -> Result<Vec<(ChannelId, Timestamp)>, StoreError> {
        let user = user.clone();
        self.beside_cache().write(move |tx| Box::pin(async move { view(tx, &user, &channels).await })).await
    }

    /// Marks a post and the later ones as unread. `mentions` of them mention the member.
    pub async fn mark_unread(
        &self,
        user: &UserId,
        from: &Post,
        mentions: MentionCounts,
    ) -> Result<Option<ChannelMember>, StoreError> {
        let (user, channel, at) = (user.clone(), from.channel_id.clone(), from.create_at);
        // Counted outside the unit of work, because counting a long channel would make other writers wait. The total
        // is read at the same moment, so a post written before the update below counts as unread.
        let sql = self.db.of(READ);
        let read: Option<(i64, i64)> = read!(self.db, conn => sqlx::query_as(sql).bind(&channel).bind(at)
            .bind(Json(UNCOUNTED_KINDS)).fetch_optional(conn).await)?;
        let Some((read, read_roots)) = read else { return Ok(None) };
        self.beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    Ok(on_tx!(tx, conn => sqlx::query_as(MARK).bind(&channel).bind(&user).bind(at)
                    .bind(read).bind(read_roots).bind(mentions.all).bind(mentions.roots).bind(mentions.urgent)
                    .fetch_optional(conn).await?))
                })
            })
            .await
    }

    /// Returns the unread counts of each channel in the user's teams.
    pub async fn unread_in_teams(&self, user: &UserId) -> Result<Vec<Unread>, StoreError> {
        read!(self.db, conn => sqlx::query_as(UNREAD).bind(user).fetch_all(conn).await)
    }

    /// Returns a channel's posts from a moment on, oldest first, until they fill a response.
    pub async fn posts_from(
        &self,
        channel: &ChannelId,
        at: Timestamp,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        read!(self.db, conn => fill(sqlx::query_as(POSTS_FROM).bind(channel).bind(at).bind(limit)
            .fetch(conn)).await)
    }

    pub async fn listener(
        &self,
        channel: &ChannelId,
        user: &UserId,
    ) -> Result<Option<MentionTarget>, StoreError> {
        read!(self.db, conn => sqlx::query_as(LISTENER).bind(channel).bind(user).fetch_optional(conn).await)
    }

    /// Returns the members of a channel with these usernames, each with its username.
    pub async fn channel_members_named(
        &self,
        channel: &ChannelId,
        usernames: &[&str],
    ) -> Result<Vec<(String, UserId)>, StoreError> {
        let sql = self.db.of(NAMED);
        read!(self.db, conn => sqlx::query_as(sql).bind(channel).bind(Json(usernames)).fetch_all(conn).await)
    }

    /// Returns the facts that decide whom a text in a channel mentions. Returns `None` if the channel does not exist.
    pub async fn audience(&self, channel: &ChannelId) -> Result<Option<Arc<MentionAudience>>, StoreError> {
        self.load.audiences.get(channel).await
    }
}

impl Load for MentionAudience {
    type Key = ChannelId;

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        TARGET_BYTES + self.particular.iter().map(weight).sum::<usize>()
    }

    async fn load(db: &Db, keys: &[ChannelId]) -> Result<HashMap<ChannelId, Self>, StoreError> {
        let mut found: HashMap<ChannelId, Self> = HashMap::with_capacity(keys.len());
        let sql = db.of(AUDIENCES);
        read!(db, conn => {
            let mut rows = sqlx::query_as::<_, AudienceRow>(sql).bind(Json(keys)).fetch(conn);
            let mut failed = None;
            while let Some(row) = rows.next().await {
                match row {
                    Ok(row) => row.add_to(&mut found),
                    Err(error) => failed = Some(error),
                }
            }
            failed.map_or(Ok(()), Err)
        })?;
        Ok(found)
    }
}

impl AudienceRow {
    fn add_to(self, found: &mut HashMap<ChannelId, MentionAudience>) {
        if let Some(kind) = self.kind {
            found.insert(self.channel_id, MentionAudience { kind, particular: Vec::new() });
        } else if let Some(audience) = found.get_mut(&self.channel_id) {
            audience.particular.extend(self.listener());
        }
    }

    /// Returns the member with the settings that decide about mentions, or `None` if these are the defaults.
    fn listener(self) -> Option<MentionTarget> {
        let (Json(mut notify_props), Json(mut channel_props)) = (self.notify_props?, self.channel_props?);
        notify_props.retain(|key, value| {
            USER_SETTINGS.iter().any(|(name, default)| key == name && value.as_str() != Some(*default))
        });
        channel_props.retain(|key, _| CHANNEL_SETTINGS.contains(&key.as_str()));
        if notify_props.is_empty() && channel_props.is_empty() {
            return None;
        }
        Some(MentionTarget {
            user_id: self.user_id?,
            username: self.username?,
            first_name: self.first_name?,
            notify_props,
            channel_props,
        })
    }
}

/// Returns about how many bytes a member of an audience takes.
fn weight(target: &MentionTarget) -> usize {
    let texts = target.notify_props.values().chain(target.channel_props.values()).filter_map(Value::as_str);
    TARGET_BYTES + target.first_name.len() + texts.map(str::len).sum::<usize>()
}

/// Marks channels as read. Returns those that the user is a member of, by id.
async fn view(
    tx: &mut Tx,
    user: &UserId,
    channels: &[ChannelId],
) -> Result<Vec<(ChannelId, Timestamp)>, StoreError> {
    if let Connection::Postgres(conn) = &mut tx.connection {
        sqlx::query(LOCK).bind(user).bind(Json(channels)).execute(&mut **conn).await?;
    }
    let sql = tx.of(VIEW_RETURNING);
    let rows: Vec<_> = channels.iter().map(|channel| (channel, user, 0, 0, Timestamp::NEVER)).collect();
    let mut viewed: Vec<(ChannelId, Timestamp)> =
        on_tx!(tx, conn => sqlx::query_as(sql).bind(Json(rows)).fetch_all(conn).await?);
    viewed.sort();
    Ok(viewed)
}
