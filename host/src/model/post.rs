//! Posts: messages that exist.

use serde_json::{Map, Value};

use super::{ChannelId, PostId, Timestamp, UserId};

/// The longest text one post may hold, in Unicode scalar values: what the wire calls 65535 bytes over 4.
pub const MAX_MESSAGE_CHARS: usize = 16_383;

/// What kind of post it is. The wire's `type`; the empty text is an ordinary message.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct PostKind(String);

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Post {
    pub id: PostId,
    pub channel_id: ChannelId,
    pub user_id: UserId,
    /// The first post of the thread this one answers in.
    pub root_id: Option<PostId>,
    pub message: String,
    pub kind: PostKind,
    #[sqlx(json)]
    pub props: Map<String, Value>,
    /// What a client called the post before it had an id.
    pub pending_post_id: String,
    pub is_pinned: bool,
    /// Answers in the thread, when this is its first post.
    pub reply_count: i64,
    pub last_reply_at: Timestamp,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub edit_at: Timestamp,
    pub delete_at: Timestamp,
}

impl PostKind {
    pub fn attachment() -> Self {
        Self("slack_attachment".to_owned())
    }

    pub fn ephemeral() -> Self {
        Self("system_ephemeral".to_owned())
    }

    pub fn custom(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Types that only the host itself may give.
    pub fn is_system(&self) -> bool {
        self.0.starts_with("system_")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
