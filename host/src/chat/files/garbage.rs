//! Removes blobs that have no row: of uploads that a crash interrupted, and of rows whose bytes could not be removed.

use std::collections::HashSet;
use std::time::Duration;

use super::{FileError, Files};
use crate::blob::{BlobEntry, BlobError, Folder};
use crate::chat::ChatError;
use crate::model::{EmojiId, FileId, Timestamp, id_time};
use crate::secret::random_id;
use crate::shutdown::Tasks;

/// How old a blob without a row must be. An upload writes its row at the end, and may take hours.
const AGE: Duration = Duration::from_hours(48);

/// How often the loop looks through the blob store.
const PERIOD: Duration = Duration::from_hours(24);

impl Files {
    /// Removes blobs without a row until the server stops.
    pub fn run_garbage_collection(&self, tasks: &Tasks) {
        tasks.every(&self.chat.clock, PERIOD, "garbage collection", self.clone(), Self::collect_garbage);
    }

    async fn collect_garbage(self, tasks: Tasks) -> Result<(), FileError> {
        // An empty database that was given by mistake must not cost the files of the right one.
        let own = self.chat.store.installation_id(&random_id()).await.map_err(ChatError::from)?;
        if self.blobs.owner(&own).await? != own {
            tracing::warn!(
                "the directory of uploaded files belongs to another database: nothing is removed from it; \
                 if it is meant to belong to this one, remove `database.id` there"
            );
            return Ok(());
        }
        let before = self.chat.clock.now().minus(AGE);
        let mut removed = 0;
        for folder in Folder::ALL {
            let mut batches = self.blobs.list(folder);
            while let Some(batch) = batches.recv().await {
                if tasks.is_stopping() {
                    return Ok(());
                }
                let unused = self.unused(folder, batch.map_err(BlobError::from)?, before).await?;
                removed += unused.len();
                for listed in &unused {
                    self.blobs.remove(listed).await?;
                }
            }
        }
        if removed > 0 {
            tracing::info!(removed, "files without a row were removed from the blob store");
        }
        Ok(())
    }

    /// Returns the blobs that are older than `before` and have no row, and the parts of uploads as old. Files with
    /// other names than the server gives stay.
    async fn unused(
        &self,
        folder: Folder,
        listed: Vec<BlobEntry>,
        before: Timestamp,
    ) -> Result<Vec<BlobEntry>, FileError> {
        let is_old = |one: &BlobEntry| id_time(one.id()).is_some_and(|made| made < before);
        let old: Vec<BlobEntry> = listed.into_iter().filter(is_old).collect();
        let known = self.known(folder, &old).await?;
        Ok(old.into_iter().filter(|one| one.is_partial() || !known.contains(one.id())).collect())
    }

    async fn known(&self, folder: Folder, listed: &[BlobEntry]) -> Result<HashSet<String>, FileError> {
        let store = &self.chat.store;
        if folder == Folder::Emoji {
            let ids: Vec<EmojiId> = listed.iter().filter_map(|one| one.id().parse().ok()).collect();
            let known = store.known_emoji(&ids).await.map_err(ChatError::from)?;
            return Ok(known.into_iter().map(String::from).collect());
        }
        let ids: Vec<FileId> = listed.iter().filter_map(|one| one.id().parse().ok()).collect();
        let known = match folder {
            Folder::Avatars => store.known_pictures(&ids).await,
            Folder::Teams => store.known_team_pictures(&ids).await,
            _ => store.known_files(&ids).await,
        };
        let known = known.map_err(ChatError::from)?;
        Ok(known.into_iter().map(String::from).collect())
    }
}
