//! Uploaded files and custom emoji, as stored in rows. Their bytes are in the blob store.

use super::{ChannelId, EmojiId, FileId, PostId, Timestamp, UserId};

/// Files one post may carry.
pub const MAX_POST_FILES: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FileInfo {
    pub id: FileId,
    /// The user who uploaded it.
    pub user_id: UserId,
    pub channel_id: ChannelId,
    /// None until the file is attached to a post.
    pub post_id: Option<PostId>,
    pub name: String,
    pub size: i64,
    pub mime_type: String,
    /// The width in pixels; 0 if the file is not a picture that this server can show.
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
    /// Whether a thumbnail and a preview can be made of the file.
    pub fn is_picture(&self) -> bool {
        self.width > 0
    }

    /// Returns the text after the name's last dot, in lower case.
    pub fn extension(&self) -> String {
        match self.name.rsplit_once('.') {
            Some((_, extension)) => extension.to_lowercase(),
            None => String::new(),
        }
    }
}
