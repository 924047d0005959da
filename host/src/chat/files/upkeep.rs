//! Removing the bytes of files that are gone: those of deleted posts, and those no post took in time.

use std::time::Duration;

use super::{FileError, Files, Rendition, key};
use crate::chat::ChatError;
use crate::model::FileId;

/// How long a file may wait for a post. Who uploads posts within minutes; what waits longer was given up.
const UNATTACHED: Duration = Duration::from_hours(24);

/// How often what is gone is looked for.
const ROUND: Duration = Duration::from_mins(10);

/// Files removed between two looks at whether the server stops.
const BATCH: i64 = 100;

impl Files {
    /// Runs until the server stops.
    pub async fn run_file_removal(self) {
        loop {
            if let Err(error) = self.round().await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "files that are gone could not be removed; trying again");
            }
            tokio::select! {
                () = self.tasks.stopping() => return,
                () = self.chat.clock.sleep(ROUND) => {}
            }
        }
    }

    async fn round(&self) -> Result<(), FileError> {
        let now = self.chat.clock.now();
        self.chat.store.expire_files(now.minus(UNATTACHED), now).await.map_err(ChatError::from)?;
        while !self.tasks.is_stopping() {
            let gone = self.chat.store.removed_files(BATCH).await.map_err(ChatError::from)?;
            if gone.is_empty() {
                break;
            }
            for file in &gone {
                self.remove_bytes(file).await?;
            }
            // Last: whatever breaks off before, the next round finds them again.
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
