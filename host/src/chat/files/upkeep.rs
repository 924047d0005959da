//! Removes the bytes of files whose posts were deleted, and of files that were never attached to a post.

use std::time::Duration;

use super::{FileError, Files, Rendition, key};
use crate::chat::ChatError;
use crate::model::FileId;
use crate::shutdown::Tasks;

/// How long a file may stay unattached. Clients post within minutes of an upload.
const UNATTACHED: Duration = Duration::from_hours(24);

/// How often the loop looks for removed files.
const PERIOD: Duration = Duration::from_mins(10);

/// Files removed in one unit of work.
const BATCH: i64 = 100;

impl Files {
    /// Removes files until the server stops.
    pub fn run_file_removal(&self, tasks: &Tasks) {
        tasks.every(&self.chat.clock, PERIOD, "file removal", self.clone(), Self::remove_files);
    }

    async fn remove_files(self, tasks: Tasks) -> Result<(), FileError> {
        let now = self.chat.clock.now();
        self.chat.store.expire_files(now.minus(UNATTACHED), now).await.map_err(ChatError::from)?;
        self.remove_old_uploads().await?;
        while !tasks.is_stopping() {
            let gone = self.chat.store.removed_files(BATCH).await.map_err(ChatError::from)?;
            if gone.is_empty() {
                break;
            }
            for file in &gone {
                self.remove_bytes(file).await?;
            }
            // Last, so that the next run finds the files again if a deletion fails.
            self.chat.store.delete_files(gone).await.map_err(ChatError::from)?;
        }
        Ok(())
    }

    async fn remove_bytes(&self, file: &FileId) -> Result<(), FileError> {
        for key in [key(file), Rendition::Thumbnail.key(file), Rendition::Preview.key(file)] {
            self.blobs.delete(&key).await?;
        }
        Ok(())
    }
}
