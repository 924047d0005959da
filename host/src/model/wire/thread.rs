//! Threads on the wire.

use serde::Serialize;

use super::{ParticipantResponse, PostResponse};
use crate::model::{PostId, Thread, ThreadMember, Timestamp};

/// A thread, as one of its followers sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThreadResponse {
    id: PostId,
    reply_count: i64,
    last_reply_at: Timestamp,
    last_viewed_at: Timestamp,
    participants: Vec<ParticipantResponse>,
    /// The first post, without the counters above.
    post: PostResponse,
    unread_replies: i64,
    unread_mentions: i64,
    is_urgent: bool,
    delete_at: Timestamp,
}

impl ThreadResponse {
    /// `post` is the thread's first post in its wire form.
    pub fn new(thread: &Thread, post: PostResponse, participants: Vec<ParticipantResponse>) -> Self {
        Self {
            id: thread.root.id.clone(),
            reply_count: thread.root.reply_count,
            last_reply_at: thread.root.last_reply_at,
            last_viewed_at: thread.last_viewed_at,
            participants,
            post: post.with_reply_count(0),
            unread_replies: thread.unread_replies,
            unread_mentions: thread.unread_mentions,
            is_urgent: thread.root.is_urgent(),
            delete_at: thread.root.delete_at,
        }
    }

    /// Returns the same thread as another follower sees it.
    #[must_use]
    pub fn for_member(&self, member: &ThreadMember) -> Self {
        Self {
            last_viewed_at: member.last_viewed_at,
            unread_replies: member.unread_replies,
            unread_mentions: member.unread_mentions,
            ..self.clone()
        }
    }

    pub fn unread_replies(&self) -> i64 {
        self.unread_replies
    }

    pub fn unread_mentions(&self) -> i64 {
        self.unread_mentions
    }
}
