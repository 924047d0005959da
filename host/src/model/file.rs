//! Uploaded files and custom emoji, as rows know them; their bytes are in the blob store.

use super::{ChannelId, EmojiId, FileId, PostId, Timestamp, UserId};

/// Files one post may carry.
pub const MAX_POST_FILES: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FileInfo {
    pub id: FileId,
    /// Who uploaded it.
    pub user_id: UserId,
    pub channel_id: ChannelId,
    /// None until a post takes it.
    pub post_id: Option<PostId>,
    pub name: String,
    pub size: i64,
    pub mime_type: String,
    /// In pixels; 0 for what is no picture this server can show.
    pub width: i64,
    pub height: i64,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
}

/// A custom emoji.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Emoji {
    pub id: EmojiId,
    pub creator_id: UserId,
    pub name: String,
    pub mime_type: String,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
}

impl FileInfo {
    /// Whether thumbnail and preview can be made of it.
    pub fn is_picture(&self) -> bool {
        self.width > 0
    }

    /// What follows the name's last dot, in lower case, without the dot.
    pub fn extension(&self) -> String {
        match self.name.rsplit_once('.') {
            Some((_, extension)) => extension.to_lowercase(),
            None => String::new(),
        }
    }
}
