//! Earlier texts of an edited post.

use super::{ListRow, Post, PostMarks, Props, Timestamp};

/// Most earlier texts that are kept of one post. The oldest go first.
pub const MAX_VERSIONS: i64 = 100;

/// What a post was before an edit replaced it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PostVersion {
    /// Grows with each edit of any post.
    pub number: i64,
    pub message: String,
    pub props: Props,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub edit_at: Timestamp,
    pub replaced_at: Timestamp,
}

impl PostVersion {
    /// Returns the earlier text in the form of a post, which counts as deleted since the edit.
    pub fn as_post(self, of: &Post) -> Post {
        Post {
            id: of.id.of_version(self.number),
            message: self.message,
            props: self.props,
            create_at: self.create_at,
            update_at: self.update_at,
            edit_at: self.edit_at,
            delete_at: self.replaced_at,
            is_pinned: false,
            pending_post_id: String::new(),
            reply_count: 0,
            last_reply_at: Timestamp::NEVER,
            marks: PostMarks::default(),
            ..of.clone()
        }
    }
}

impl ListRow for PostVersion {
    fn size(&self) -> usize {
        size_of::<Self>() + self.message.len() + self.props.as_str().len()
    }
}
