//! Uploads in pieces: a client announces a file and sends its bytes in several requests.

use super::{ChannelId, FileId, Timestamp, UserId};

/// A file that is being sent in pieces.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UploadSession {
    pub id: FileId,
    pub user_id: UserId,
    pub channel_id: ChannelId,
    pub name: String,
    /// The announced size in bytes.
    pub size: i64,
    /// The pieces that have arrived, in order.
    #[sqlx(json)]
    pub pieces: Vec<UploadPiece>,
    pub create_at: Timestamp,
}

/// A part of a file. Its bytes are a blob of their own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UploadPiece {
    pub id: FileId,
    pub size: i64,
}

impl UploadSession {
    /// Returns how many bytes are missing.
    pub fn left(&self) -> u64 {
        u64::try_from(self.size - self.offset()).unwrap_or_default()
    }

    /// Returns how many bytes have arrived.
    pub fn offset(&self) -> i64 {
        self.pieces.iter().map(|piece| piece.size).sum()
    }
}
