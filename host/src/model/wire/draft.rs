//! Drafts on the wire.

use serde::Serialize;

use super::{FileResponse, or_empty};
use crate::model::{ChannelId, Draft, FileId, PostId, Props, Timestamp, UserId};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DraftResponse {
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    user_id: UserId,
    channel_id: ChannelId,
    #[serde(serialize_with = "or_empty")]
    root_id: Option<PostId>,
    message: String,
    props: Props,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    file_ids: Vec<FileId>,
    metadata: DraftMetadata,
    #[serde(skip_serializing_if = "Props::is_empty")]
    priority: Props,
}

/// The files of a draft. The key is absent without any.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
struct DraftMetadata {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileResponse>,
}

impl DraftResponse {
    #[must_use]
    pub fn with_files(mut self, files: Vec<FileResponse>) -> Self {
        self.metadata.files = files;
        self
    }
}

impl From<Draft> for DraftResponse {
    fn from(draft: Draft) -> Self {
        Self {
            create_at: draft.create_at,
            update_at: draft.update_at,
            delete_at: Timestamp::NEVER,
            user_id: draft.user_id,
            channel_id: draft.channel_id,
            root_id: draft.root_id,
            message: draft.message,
            props: draft.props,
            file_ids: draft.file_ids,
            metadata: DraftMetadata::default(),
            priority: draft.priority,
        }
    }
}
