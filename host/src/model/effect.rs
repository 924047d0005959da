//! What a plugin call asked for, and what a unit of work changes.

use serde_json::{Map, Value};

use super::{
    ChannelId, EmojiName, FileId, Message, NewJob, Place, PluginId, Post, PostId, ReactionChange, Receipt,
    Timestamp, UserId,
};

/// One change that a guest requested through its imports. It is recorded, not applied: `effect::plan` turns the list
/// into [`Changes`], which are committed together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Post {
        id: PostId,
        to: Place,
        message: Message,
        idempotency_key: Option<String>,
    },
    Ephemeral {
        id: PostId,
        to: Place,
        user_id: UserId,
        message: Message,
    },
    /// Replaces what a post says. `is_edited`: its text is another one.
    Edit {
        id: PostId,
        message: Message,
        is_edited: bool,
    },
    /// Deletes a post, and the whole thread with its first post.
    Delete {
        id: PostId,
    },
    React {
        id: PostId,
        emoji: EmojiName,
    },
    Unreact {
        id: PostId,
        emoji: EmojiName,
    },
    Value(ValueChange),
}

/// A change of one stored value. `expected` is the version it replaces (0: absent), so that a concurrent
/// writer makes the whole unit of work fail instead of losing a value.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueChange {
    pub plugin: PluginId,
    pub key: String,
    pub expected: Option<i64>,
    /// None deletes.
    pub value: Option<StoredValue>,
    /// When the call happened: what had expired by then counts as absent.
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct StoredValue {
    pub bytes: Vec<u8>,
    pub version: i64,
    pub expires_at: Option<Timestamp>,
}

/// Everything one unit of work writes; the store commits it whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    pub posts: Vec<Post>,
    /// Messages for one person that are shown and never stored.
    pub ephemeral: Vec<(UserId, Post)>,
    pub values: Vec<ValueChange>,
    /// Keys under which a plugin's post is made only once: (key, post).
    pub once: Vec<(String, PostId)>,
    /// Follow-up work: a job per subscriber. A change without subscribers has none.
    pub jobs: Vec<NewJob>,
    pub receipt: Option<Receipt>,
    /// Whom the posts mention, once for each post that does: their count of unread mentions grows.
    pub mentions: Vec<(ChannelId, UserId)>,
    /// Who has read the channel up to these posts, having written them.
    pub seen: Vec<(ChannelId, UserId)>,
    /// Which posts take which uploaded files, in their order.
    pub files: Vec<(PostId, Vec<FileId>)>,
    pub pending: Option<PendingPost>,
    /// These and the following are applied after everything above, in this order.
    pub edits: Vec<PostEdit>,
    pub reactions: Vec<ReactionChange>,
    pub deletions: Vec<PostDeletion>,
}

impl Changes {
    /// A unit of work that makes these posts.
    pub fn of_posts(posts: Vec<Post>) -> Self {
        Self { posts, ..Self::default() }
    }

    /// When a post of this unit of work is made.
    pub fn made_at(&self, post: &PostId) -> Timestamp {
        self.posts.iter().find(|made| &made.id == post).map_or(Timestamp::NEVER, |made| made.create_at)
    }
}

/// What a client called a post before it had an id. While it lasts, the same account's post of the same name is that post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPost {
    pub user_id: UserId,
    pub pending_id: String,
    pub post_id: PostId,
    /// When it is written: what had expired by then is forgotten.
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// A change of a post that exists. What is None stays.
#[derive(Debug, Clone, PartialEq)]
pub struct PostEdit {
    pub id: PostId,
    pub message: Option<String>,
    pub props: Option<Map<String, Value>>,
    pub is_pinned: Option<bool>,
    pub at: Timestamp,
    /// Whether readers are told that it was edited: when its text is another one.
    pub is_edited: bool,
}

/// A post, and the whole thread if it is the first post of one, ceases to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostDeletion {
    pub id: PostId,
    pub at: Timestamp,
}
