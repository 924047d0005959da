//! Uploads: the files of one request are streamed and measured, and stored together or not at all.

use super::{FileError, Files, key, picture};
use crate::access::{AccessError, rules};
use crate::blob::{Bytes, Upload};
use crate::chat::ChatError;
use crate::model::{ChannelId, FileId, FileInfo, MAX_POST_FILES, User, UserId, plain_name};
use crate::store::{Quota, QuotaKind};

/// Longest name of a file, in characters. A longer one loses its beginning, because its end contains the type.
const MAX_NAME: usize = 255;

/// Most unattached files of one account. Past it, uploads are refused.
const MAX_WAITING: i64 = 100;

/// The files of one request. If it is dropped before [`Uploading::keep`] returns, they are deleted.
#[derive(Debug)]
pub struct Uploading {
    files: Files,
    user: User,
    channel: Option<ChannelId>,
    current: Option<(FileId, String, Upload)>,
    done: Vec<NewFile>,
    /// Blobs without a row so far.
    unnamed: Vec<FileId>,
}

/// A completely uploaded file.
#[derive(Debug)]
pub(super) struct NewFile {
    pub(super) id: FileId,
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) picture: Option<picture::Picture>,
}

impl Files {
    /// Begins a request's upload. The channel may be chosen later.
    pub fn begin(&self, user: &User) -> Uploading {
        Uploading {
            files: self.clone(),
            user: user.clone(),
            channel: None,
            current: None,
            done: Vec::new(),
            unnamed: Vec::new(),
        }
    }

    /// Checks whether the user may upload a file whose channel comes later.
    async fn check_unplaced(&self, user: &User) -> Result<(), FileError> {
        let teams = self.chat.store.teams_of(&user.id).await.map_err(ChatError::from)?;
        if teams.is_empty() && !rules::is_admin(user) {
            let refused = AccessError::Forbidden("upload a file before its channel is known");
            return Err(ChatError::from(refused).into());
        }
        self.check_waiting(user).await
    }

    pub(super) async fn check_waiting(&self, user: &User) -> Result<(), FileError> {
        let waiting = self.chat.store.waiting_files(&user.id).await.map_err(ChatError::from)?;
        if waiting >= MAX_WAITING { Err(FileError::TooManyWaiting(MAX_WAITING)) } else { Ok(()) }
    }

    pub(super) async fn inspect(
        &self,
        id: &FileId,
        size: u64,
    ) -> Result<Option<picture::Picture>, FileError> {
        if size > picture::MAX_FILE {
            return Ok(None);
        }
        let memory = self.memory.reserve(picture::memory(size, 0, 0)).await?;
        let _permit = self.decoders.acquire().await.map_err(|_| FileError::Stopping)?;
        let bytes = self.blobs.bytes(&key(id), picture::MAX_FILE).await?;
        let inspected = tokio::task::spawn_blocking(move || {
            let _memory = memory;
            picture::inspect(&bytes)
        });
        Ok(inspected.await.unwrap_or_default())
    }
}

impl Uploading {
    /// Chooses the channel. It is checked before the bytes arrive, so that a refused client does not send them.
    pub async fn choose_channel(&mut self, id: &ChannelId) -> Result<(), FileError> {
        let channel = self.files.chat.postable_channel(&self.user, id, None).await?;
        self.files.check_waiting(&self.user).await?;
        self.channel = Some(channel.id);
        Ok(())
    }

    /// Begins the next file. If the channel is not known yet, at least the user must be in a team, so that accounts
    /// that may post nowhere cannot make the server write.
    pub async fn file(&mut self, name: &str) -> Result<(), FileError> {
        if self.channel.is_none() && self.unnamed.is_empty() {
            self.files.check_unplaced(&self.user).await?;
        }
        if self.unnamed.len() == MAX_POST_FILES {
            return Err(FileError::TooMany);
        }
        let id: FileId = self.files.chat.clock.id();
        let upload = self.files.blobs.begin(&key(&id), self.files.max_file)?;
        self.unnamed.push(id.clone());
        self.current = Some((id, file_name(name), upload));
        Ok(())
    }

    /// Writes the next bytes of the file begun last.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), FileError> {
        if let Some((_, _, upload)) = &mut self.current {
            upload.write(piece).await?;
        }
        Ok(())
    }

    /// Ends the file begun last.
    pub async fn end(&mut self) -> Result<(), FileError> {
        let Some((id, name, upload)) = self.current.take() else { return Ok(()) };
        let size = upload.finish().await?;
        let picture = self.files.inspect(&id, size).await?;
        self.done.push(NewFile { id, name, size, picture });
        Ok(())
    }

    /// Returns how many files are complete.
    pub fn count(&self) -> usize {
        self.done.len()
    }

    /// Writes the rows. From then on the files exist.
    pub async fn keep(mut self) -> Result<Vec<FileInfo>, FileError> {
        let channel = self.channel.clone().ok_or(FileError::NoChannel)?;
        let done = std::mem::take(&mut self.done);
        let info = |file| self.files.info(&self.user.id, &channel, file);
        let infos: Vec<FileInfo> = done.into_iter().map(info).collect();
        self.files.write_infos(&self.user.id, infos.clone()).await?;
        self.unnamed.clear();
        Ok(infos)
    }
}

impl Files {
    /// Writes the rows of complete files, within the account's quota.
    pub(super) async fn write_infos(&self, user: &UserId, infos: Vec<FileInfo>) -> Result<(), FileError> {
        let store = self.chat.store.with_quotas([self.file_bytes_of(user)]);
        Ok(store.create_files(infos).await.map_err(ChatError::from)?)
    }

    /// The limit of the bytes of an account's files.
    pub(super) fn file_bytes_of(&self, user: &UserId) -> Quota {
        Quota::new(QuotaKind::FileBytesOfAccount, user, self.chat.limits.file_bytes_per_account)
    }

    /// Describes a complete file.
    pub(super) fn info(&self, user: &UserId, channel: &ChannelId, file: NewFile) -> FileInfo {
        let now = self.chat.clock.now();
        let mime_type = match file.picture {
            Some(picture) => picture.mime_type.to_owned(),
            None => type_by_name(&file.name),
        };
        FileInfo {
            id: file.id,
            user_id: user.clone(),
            channel_id: channel.clone(),
            post_id: None,
            mime_type,
            name: file.name,
            size: i64::try_from(file.size).unwrap_or(i64::MAX),
            width: file.picture.map_or(0, |picture| picture.width.into()),
            height: file.picture.map_or(0, |picture| picture.height.into()),
            create_at: now,
            update_at: now,
        }
    }
}

impl Drop for Uploading {
    fn drop(&mut self) {
        // The current file first, because dropping its upload removes the bytes it has written.
        self.current = None;
        if self.unnamed.is_empty() {
            return;
        }
        let (blobs, unnamed) = (self.files.blobs.clone(), std::mem::take(&mut self.unnamed));
        self.files.tasks.spawn(async move {
            for id in unnamed {
                if let Err(error) = blobs.delete(&key(&id)).await {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(file = %id, error, "the bytes of a cancelled upload could not be removed");
                }
            }
        });
    }
}

/// Returns the last part of a path, as a plain name.
pub(super) fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: Vec<char> = plain_name(last).trim().chars().collect();
    let kept: String = plain[plain.len().saturating_sub(MAX_NAME)..].iter().collect();
    if kept.is_empty() || kept.chars().all(|c| c == '.') { "file".to_owned() } else { kept }
}

/// Returns the type that a name implies. Pictures are recognised by their bytes, never by a name. Texts count as UTF-8.
fn type_by_name(name: &str) -> String {
    match mime_guess::from_path(name).first_raw() {
        Some(named) if named.starts_with("text/") => format!("{named}; charset=utf-8"),
        Some(named) if !named.starts_with("image/") || named == "image/svg+xml" => named.to_owned(),
        _ => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_the_last_part_of_its_path_as_a_plain_name() {
        for (given, plain) in [
            ("a.txt", "a.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\anna\\ä b.PNG", "ä b.PNG"),
            ("a\r\nb\0.txt", "ab.txt"),
            ("invoice_\u{202e}fdp.exe", "invoice_fdp.exe"),
            ("", "file"),
            ("..", "file"),
        ] {
            assert_eq!(file_name(given), plain);
        }
        assert_eq!(file_name(&format!("{}.png", "x".repeat(500))).len(), MAX_NAME);
        assert!(file_name(&format!("{}.png", "x".repeat(500))).ends_with("x.png"));
    }

    #[test]
    fn a_name_alone_does_not_make_a_picture() {
        assert_eq!(type_by_name("a.txt"), "text/plain; charset=utf-8");
        assert_eq!(type_by_name("a.png"), "application/octet-stream");
        assert_eq!(type_by_name("a"), "application/octet-stream");
    }
}
