//! Drafts: texts that users have not posted yet.

use super::{ChannelId, FileId, ListRow, PostId, Props, Timestamp, UserId};

/// Most drafts of one account. Past it, saving another one removes the one that was changed the longest ago.
pub const MAX_DRAFTS: i64 = 1000;

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Draft {
    pub user_id: UserId,
    pub channel_id: ChannelId,
    /// The first post of the thread that it replies to.
    pub root_id: Option<PostId>,
    pub message: String,
    pub props: Props,
    /// Files that the user has uploaded for it.
    #[sqlx(json)]
    pub file_ids: Vec<FileId>,
    /// The priority as the client sends it; `{}` if it sends none.
    pub priority: Props,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
}

impl ListRow for Draft {
    fn size(&self) -> usize {
        size_of::<Self>() + self.message.len() + self.props.as_str().len() + self.priority.as_str().len()
    }
}
