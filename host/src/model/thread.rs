//! Threads: a post with replies, and the accounts that follow it.

use super::{ChannelId, ListRow, Post, PostId, TeamId, Timestamp, UserId};

/// How a new reply changes who follows its thread.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadFollow {
    pub post_id: PostId,
    pub user_id: UserId,
    pub channel_id: ChannelId,
    pub cause: FollowCause,
    pub at: Timestamp,
}

/// Why an account follows a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FollowCause {
    /// It started the thread, was mentioned by its first post, or follows all threads of the channel. An account that
    /// stopped following stays so.
    Root,
    /// A reply mentions it.
    Mention,
    /// It wrote a reply, and has read the thread up to it.
    Reply,
}

/// A thread as one of its followers sees it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Thread {
    /// The first post. Its `reply_count` counts the replies.
    #[sqlx(flatten)]
    pub root: Post,
    pub last_viewed_at: Timestamp,
    pub unread_replies: i64,
    pub unread_mentions: i64,
}

/// Whether an account follows a thread, and how far it has read it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ThreadMember {
    pub post_id: PostId,
    pub user_id: UserId,
    pub following: bool,
    pub last_viewed_at: Timestamp,
    pub unread_replies: i64,
    pub unread_mentions: i64,
}

/// Which of an account's threads a list contains.
#[derive(Debug, Clone, Default)]
pub struct ThreadFilter {
    /// The team whose threads are listed, besides those of direct and group channels.
    pub team: Option<TeamId>,
    pub without_direct: bool,
    pub with_deleted: bool,
    pub only_unread: bool,
    /// Only threads with a reply, or that the account followed or read, from this moment on.
    pub since: Timestamp,
    /// The threads next to this one: those whose last reply is older, newest first, or newer, oldest first.
    pub before: Option<PostId>,
    pub after: Option<PostId>,
}

/// How many threads an account follows in a team, or in direct and group channels.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct ThreadTotals {
    pub team_id: Option<TeamId>,
    pub threads: i64,
    pub unread_threads: i64,
    pub unread_mentions: i64,
    /// Those in threads whose first post is urgent.
    pub unread_urgent_mentions: i64,
}

impl Thread {
    /// Returns the thread that begins with `root`, as this member sees it.
    pub fn of(root: Post, member: &ThreadMember) -> Self {
        let ThreadMember { last_viewed_at, unread_replies, unread_mentions, .. } = *member;
        Self { root, last_viewed_at, unread_replies, unread_mentions }
    }
}

impl ListRow for Thread {
    fn size(&self) -> usize {
        self.root.size()
    }
}
