//! The picture that an account has of its own: at most [`SIDE`] pixels wide and high, whatever was uploaded.

use serde_json::json;

use super::{FileError, Files, picture};
use crate::access::AccountAccess;
use crate::blob::{BlobError, Bytes, Download, Folder};
use crate::chat::ChatError;
use crate::model::{FileId, Kind, User, UserId};

/// Largest file that is accepted as an account's picture, in bytes.
pub const MAX_AVATAR_FILE: u64 = 6 * 1024 * 1024;

/// Width and height of the stored picture, in pixels, at most. Clients draw it small.
const SIDE: u32 = 128;

impl Files {
    /// Sets an account's picture, and replaces an earlier one.
    pub async fn set_avatar(&self, account: &AccountAccess, file: Bytes) -> Result<User, FileError> {
        if file.len() as u64 > MAX_AVATAR_FILE {
            return Err(FileError::TooLarge(MAX_AVATAR_FILE));
        }
        let was = self.account(account.id()).await?;
        let wrong = || FileError::Avatar("PNG, JPEG, GIF or WebP".to_owned());
        // The header says how much memory the picture needs. To read it takes little.
        let size = file.len() as u64;
        let memory = self.memory.reserve(picture::memory(size, 0, 0)).await?;
        let header = file.clone();
        let inspected = tokio::task::spawn_blocking(move || {
            let _memory = memory;
            picture::inspect(&header)
        });
        let found = inspected.await.unwrap_or_default().ok_or_else(wrong)?;
        let needed = picture::memory(size, found.width.into(), found.height.into());
        let memory = self.memory.reserve(needed).await?;
        let _permit = self.decoders.acquire().await.map_err(|_| FileError::Stopping)?;
        let drawn = tokio::task::spawn_blocking(move || {
            let _memory = memory;
            picture::shrink(&file, SIDE, SIDE).ok()
        });
        let drawn = drawn.await.unwrap_or_default().ok_or_else(wrong)?;
        let id: FileId = self.chat.clock.id();
        self.blobs.put(&key(&id), drawn.into()).await?;
        self.record_avatar(account, &was, Some(id)).await
    }

    /// Removes an account's picture. Clients show the drawn one again.
    pub async fn remove_avatar(&self, account: &AccountAccess) -> Result<User, FileError> {
        let was = self.account(account.id()).await?;
        self.record_avatar(account, &was, None).await
    }

    /// Opens an account's picture. Returns None if it has none of its own.
    pub async fn open_avatar(&self, user: &User) -> Result<Option<Download>, FileError> {
        if user.picture_at.is_never() {
            return Ok(None);
        }
        let id = self.chat.store.picture(&user.id).await.map_err(ChatError::from)?;
        match id {
            Some(id) => match self.blobs.get(&key(&id), None).await {
                // Another request replaced the picture meanwhile.
                Err(BlobError::Missing(_)) => Ok(None),
                download => Ok(Some(download?)),
            },
            None => Ok(None),
        }
    }

    /// Writes which picture the account has, and deletes the bytes of the earlier one. A failure to do so only leaves
    /// unused bytes, which are removed later.
    async fn record_avatar(
        &self,
        account: &AccountAccess,
        was: &User,
        picture: Option<FileId>,
    ) -> Result<User, FileError> {
        let thing = ("user", was.id.as_str());
        let became = json!({"picture": picture.is_some()});
        let store = self.chat.recording(account.caller(), "user.picture", thing, None, Some(became));
        let earlier =
            store.set_picture(&was.id, picture, self.chat.clock.stamp()).await.map_err(ChatError::from)?;
        if let Some(earlier) = earlier
            && let Err(error) = self.blobs.delete(&key(&earlier)).await
        {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(picture = %earlier, error, "an account's earlier picture could not be removed");
        }
        self.account(&was.id).await
    }

    async fn account(&self, id: &UserId) -> Result<User, FileError> {
        let user = self.chat.store.user(id).await.map_err(ChatError::from)?;
        Ok(user.ok_or(ChatError::NotFound(Kind::Account))?)
    }
}

fn key(id: &FileId) -> String {
    Folder::Avatars.key(id.as_str())
}
