//! The picture of a team: at most [`SIDE`] pixels wide and high, whatever was uploaded.

use serde_json::json;

use super::{FileError, Files, picture};
use crate::access::TeamAdmin;
use crate::blob::{Bytes, Download, Folder};
use crate::chat::ChatError;
use crate::model::{FileId, Kind, Team, TeamId, User};

/// Largest file that is accepted as a team's picture, in bytes.
pub const MAX_TEAM_PICTURE: u64 = 6 * 1024 * 1024;

/// Width and height of the stored picture, in pixels, at most. Clients draw it small.
const SIDE: u32 = 128;

impl Files {
    /// Sets a team's picture, and replaces an earlier one.
    pub async fn set_team_picture(&self, admin: &TeamAdmin, file: Bytes) -> Result<(), FileError> {
        if file.len() as u64 > MAX_TEAM_PICTURE {
            return Err(FileError::TooLarge(MAX_TEAM_PICTURE));
        }
        let memory = self.memory.reserve(picture::memory(file.len() as u64, 7680, 4320)).await?;
        let _permit = self.decoders.acquire().await.map_err(|_| FileError::Stopping)?;
        let drawn = tokio::task::spawn_blocking(move || {
            let _memory = memory;
            picture::inspect(&file)?;
            picture::shrink_to_png(&file, SIDE, SIDE).ok()
        });
        let drawn = drawn.await.unwrap_or_default();
        let drawn = drawn.ok_or_else(|| FileError::TeamPicture("PNG, JPEG, GIF or WebP".to_owned()))?;
        let picture: FileId = self.chat.clock.id();
        self.blobs.put(&key(&picture), drawn.into()).await?;
        self.record_team_picture(admin, Some(picture)).await
    }

    /// Removes a team's picture. Clients show its initials again.
    pub async fn remove_team_picture(&self, admin: &TeamAdmin) -> Result<(), FileError> {
        self.record_team_picture(admin, None).await
    }

    /// Opens the picture of a team that the user sees, with the team.
    pub async fn open_team_picture(&self, reader: &User, id: &TeamId) -> Result<(Team, Download), FileError> {
        let team = self.chat.visible_team(reader, id).await?;
        let picture = self.chat.store.team_picture(id).await.map_err(ChatError::from)?;
        let picture = picture.ok_or(ChatError::NotFound(Kind::TeamPicture))?;
        Ok((team, self.blobs.get(&key(&picture), None).await?))
    }

    /// Writes which picture the team has, deletes the bytes of the earlier one, and publishes the team. A failure to
    /// delete only leaves unused bytes, which are removed later.
    async fn record_team_picture(&self, admin: &TeamAdmin, picture: Option<FileId>) -> Result<(), FileError> {
        let id = &admin.team().id;
        let thing = ("team", id.as_str());
        let became = json!({"picture": picture.is_some()});
        let store = self.chat.recording(admin.caller(), "team.picture", thing, None, Some(became));
        let set = store.set_team_picture(id, picture, self.chat.clock.stamp()).await;
        if let Some(earlier) = set.map_err(ChatError::from)?
            && let Err(error) = self.blobs.delete(&key(&earlier)).await
        {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(picture = %earlier, error, "a team's earlier picture could not be removed");
        }
        let changed = self.chat.team(id).await?;
        self.chat.publish_team(&changed, "update_team").await;
        Ok(())
    }
}

fn key(id: &FileId) -> String {
    Folder::Teams.key(id.as_str())
}
