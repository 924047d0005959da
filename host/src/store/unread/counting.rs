//! How units of work change the counters of a channel's members: posts mention them, and authors have read the channel.

use std::collections::{BTreeMap, HashMap};

use super::VIEW;
use crate::model::{Changes, ChannelId, Mention, MentionCounts, Post, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::sqlite::{Batch, Expect, lock_rows, over_rows};

/// Adds to members' counts of mentions.
const MENTION: [&str; 2] = over_rows!(
    "with new (channel_id, user_id, posts, roots, urgent) as (select value ->> 0, value ->> 1, \
     cast(value ->> 2 as bigint), cast(value ->> 3 as bigint), cast(value ->> 4 as bigint)",
    ") update channel_members set mention_count = mention_count + new.posts, \
     mention_count_root = mention_count_root + new.roots, \
     urgent_mention_count = urgent_mention_count + new.urgent from new \
     where channel_members.channel_id = new.channel_id and channel_members.user_id = new.user_id"
);

const LOCK_MEMBERS: &str = lock_rows!("channel_members", "channel_id, user_id", "value ->> 0, value ->> 1");

/// How several units of work change a member's counters.
#[derive(Default)]
struct MemberCounts {
    read: Option<ReadUpTo>,
    /// Mentions since the channel was read.
    mentions: MentionCounts,
}

/// How far a member has read a channel: up to a post of their own.
#[derive(Clone, Copy)]
struct ReadUpTo {
    /// Posts that the channel's counters include, but that were written after that post.
    later: PostCount,
    /// The time of that post. The channel's last post decides if no later one follows.
    at: Timestamp,
}

/// Posts, as a channel counts them.
#[derive(Clone, Copy, Default)]
struct PostCount {
    posts: i64,
    roots: i64,
}

/// Counts the mentions in all these units, and marks channels as read by the authors of the posts.
pub(in crate::store) async fn push(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let counts = counts(all);
    let read = counts.iter().filter_map(|((channel, user), counts)| {
        counts.read.map(|read| (*channel, *user, read.later.posts, read.later.roots, read.at))
    });
    batch.push_locked(VIEW, LOCK_MEMBERS, &read.collect::<Vec<_>>(), Expect::Nothing).await?;
    let mentioned = counts.iter().filter(|(_, counts)| counts.mentions.all > 0);
    let mentioned = mentioned.map(|((channel, user), MemberCounts { mentions, .. })| {
        (*channel, *user, mentions.all, mentions.roots, mentions.urgent)
    });
    batch.push_locked(MENTION, LOCK_MEMBERS, &mentioned.collect::<Vec<_>>(), Expect::Nothing).await
}

/// Returns each member once, in the order in which every unit of work locks their rows.
fn counts<'c>(all: &[&'c Changes]) -> BTreeMap<(&'c ChannelId, &'c UserId), MemberCounts> {
    let mut counts: BTreeMap<(&ChannelId, &UserId), MemberCounts> = BTreeMap::new();
    // Per channel: posts in the units that are not visited yet.
    let mut later: HashMap<&ChannelId, PostCount> = HashMap::new();
    for post in all.iter().flat_map(|changes| &changes.posts) {
        later.entry(&post.channel_id).or_default().add(post, 1);
    }
    for changes in all {
        for post in &changes.posts {
            later.entry(&post.channel_id).or_default().add(post, -1);
        }
        for Mention { channel_id, user_id, is_reply, is_urgent } in &changes.mentions {
            let counts = &mut counts.entry((channel_id, user_id)).or_default().mentions;
            counts.all += 1;
            counts.roots += i64::from(!is_reply);
            counts.urgent += i64::from(*is_urgent);
        }
        for (channel, user) in &changes.author_views {
            let own = changes.posts.iter().filter(|post| &post.channel_id == channel);
            let at = own.map(|post| post.create_at).max().unwrap_or(Timestamp::NEVER);
            let counts = counts.entry((channel, user)).or_default();
            let at = counts.read.map_or(at, |read| read.at.max(at));
            let later = later.get(channel).copied().unwrap_or_default();
            *counts = MemberCounts { read: Some(ReadUpTo { later, at }), mentions: MentionCounts::default() };
        }
    }
    counts
}

impl PostCount {
    /// Counts a post, or with -1 no longer.
    fn add(&mut self, post: &Post, number: i64) {
        if post.kind.is_counted() {
            self.posts += number;
            self.roots += if post.root_id.is_none() { number } else { 0 };
        }
    }
}
