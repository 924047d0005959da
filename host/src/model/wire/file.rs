//! Uploaded files and custom emoji on the wire.

use serde::Serialize;

use super::{Null, or_empty};
use crate::model::{ChannelId, Emoji, EmojiId, FileId, FileInfo, PostId, Timestamp, UserId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileResponse {
    id: FileId,
    user_id: UserId,
    /// Empty until the file is attached to a post.
    #[serde(serialize_with = "or_empty")]
    channel_id: Option<ChannelId>,
    /// Absent until the file is attached to a post.
    #[serde(skip_serializing_if = "Option::is_none")]
    post_id: Option<PostId>,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    name: String,
    extension: String,
    size: i64,
    mime_type: String,
    #[serde(flatten)]
    picture: Option<Picture>,
    mini_preview: Null,
    remote_id: &'static str,
    archived: bool,
}

/// The size that clients need to lay out a picture before they fetch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Picture {
    width: i64,
    height: i64,
    has_preview_image: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomEmojiResponse {
    id: EmojiId,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    creator_id: UserId,
    name: String,
}

impl FileResponse {
    pub fn id(&self) -> &FileId {
        &self.id
    }

    pub fn is_picture(&self) -> bool {
        self.picture.is_some()
    }
}

impl From<FileInfo> for FileResponse {
    fn from(file: FileInfo) -> Self {
        let picture = Picture { width: file.width, height: file.height, has_preview_image: true };
        Self {
            picture: file.is_picture().then_some(picture),
            extension: file.extension(),
            id: file.id,
            user_id: file.user_id,
            channel_id: file.post_id.is_some().then_some(file.channel_id),
            post_id: file.post_id,
            create_at: file.create_at,
            update_at: file.update_at,
            delete_at: Timestamp::NEVER,
            name: file.name,
            size: file.size,
            mime_type: file.mime_type,
            mini_preview: (),
            remote_id: "",
            archived: false,
        }
    }
}

impl From<Emoji> for CustomEmojiResponse {
    fn from(emoji: Emoji) -> Self {
        Self {
            id: emoji.id,
            create_at: emoji.create_at,
            update_at: emoji.update_at,
            delete_at: Timestamp::NEVER,
            creator_id: emoji.creator_id,
            name: emoji.name,
        }
    }
}
