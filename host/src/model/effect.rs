//! The effects that a plugin call requests, and the changes that a unit of work writes.

use super::{
    ChannelId, EmojiName, FileId, Message, NewDelivery, NewJob, OutgoingEvent, Place, PluginId, Post, PostId,
    Props, ReactionChange, Receipt, ThreadFollow, Timestamp, UserId,
};

/// One change that a plugin requests through its imports. It is recorded, not applied: `effect::plan` turns the list
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
    /// Replaces a post's content. `is_edited` is set if the text differs.
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
    /// None deletes the value.
    pub value: Option<StoredValue>,
    /// The time of the call. Values that had expired by then count as absent.
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct StoredValue {
    pub bytes: Vec<u8>,
    pub version: i64,
    pub expires_at: Option<Timestamp>,
}

/// Everything that one unit of work writes. The store commits all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    pub posts: Vec<Post>,
    /// Messages for one user that are shown and never stored.
    pub ephemeral: Vec<(UserId, Post)>,
    pub values: Vec<ValueChange>,
    /// Keys under which a plugin's post is created only once: (key, post).
    pub once: Vec<(String, PostId)>,
    /// Follow-up work: one job per subscriber, and none for a change without subscribers.
    pub jobs: Vec<NewJob>,
    /// What outgoing webhooks send, and to whom. Each delivery has a job of the same id.
    pub events: Vec<OutgoingEvent>,
    pub deliveries: Vec<NewDelivery>,
    pub receipt: Option<Receipt>,
    /// The users that the posts mention, once per post. Their counts of unread mentions grow.
    pub mentions: Vec<Mention>,
    /// Who follows the threads of new replies.
    pub follows: Vec<ThreadFollow>,
    /// The authors of these posts, who have read the channel up to them.
    pub author_views: Vec<(ChannelId, UserId)>,
    /// The uploaded files that each post takes, in order.
    pub files: Vec<(PostId, Vec<FileId>)>,
    pub pending: Option<PendingPost>,
    /// Edits and the fields below are applied after everything above, in this order.
    pub edits: Vec<PostEdit>,
    pub reactions: Vec<ReactionChange>,
    pub deletions: Vec<PostDeletion>,
}

impl Changes {
    /// Returns a unit of work that creates these posts.
    pub fn of_posts(posts: Vec<Post>) -> Self {
        Self { posts, ..Self::default() }
    }

    /// Returns the creation time of a post in this unit of work.
    pub fn made_at(&self, post: &PostId) -> Timestamp {
        self.posts.iter().find(|made| &made.id == post).map_or(Timestamp::NEVER, |made| made.create_at)
    }
}

/// A user whom a post mentions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    pub channel_id: ChannelId,
    pub user_id: UserId,
    pub is_reply: bool,
    pub is_urgent: bool,
}

impl Mention {
    pub fn by(post: &Post, user: &UserId) -> Self {
        Self {
            channel_id: post.channel_id.clone(),
            user_id: user.clone(),
            is_reply: post.root_id.is_some(),
            is_urgent: post.is_urgent(),
        }
    }
}

/// The client's name for a post that has no id yet. Until it expires, a post by the same account under the same name
/// is that post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPost {
    pub user_id: UserId,
    pub pending_id: String,
    pub post_id: PostId,
    /// The time of the write. Pending ids that had expired by then are deleted.
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// A change of an existing post. Fields that are None stay unchanged.
#[derive(Debug, Clone, PartialEq)]
pub struct PostEdit {
    pub id: PostId,
    pub message: Option<String>,
    pub props: Option<Props>,
    pub is_pinned: Option<bool>,
    pub at: Timestamp,
    /// Whether clients show the post as edited: true if the text differs.
    pub is_edited: bool,
}

/// The deletion of a post, and of the whole thread if the post starts one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostDeletion {
    pub id: PostId,
    /// The user who deletes it, whom the deleted post names.
    pub user_id: UserId,
    pub at: Timestamp,
    /// The users whom a deleted reply mentions: it is no longer unread for them. A plugin's deletions leave the counts.
    pub mentioned: Vec<UserId>,
}
