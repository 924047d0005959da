//! Files on their way in: streamed, measured, and kept together or not at all.

use super::{FileError, Files, key, picture};
use crate::access::rules;
use crate::blob::{Bytes, Upload};
use crate::chat::ChatError;
use crate::model::{ChannelId, FileId, FileInfo, MAX_POST_FILES, User};

/// Longest name of a file, in characters; a longer one loses its beginning, for the end says what it is.
const MAX_NAME: usize = 255;

/// Files of one account that may wait for a post. Who uploads posts soon, or gave them up.
const MAX_WAITING: i64 = 100;

/// The files of one request. Dropped before [`Uploading::keep`] is through, nothing of them stays.
#[derive(Debug)]
pub struct Uploading {
    files: Files,
    user: User,
    channel: Option<ChannelId>,
    current: Option<(FileId, String, Upload)>,
    done: Vec<Arrived>,
    /// Blobs that are nobody's until rows name them.
    loose: Vec<FileId>,
}

/// A file that is whole.
#[derive(Debug)]
struct Arrived {
    id: FileId,
    name: String,
    size: u64,
    seen: Option<picture::Picture>,
}

impl Files {
    /// Begins a request's files; the channel may be named later.
    pub fn begin(&self, user: &User) -> Uploading {
        Uploading {
            files: self.clone(),
            user: user.clone(),
            channel: None,
            current: None,
            done: Vec::new(),
            loose: Vec::new(),
        }
    }

    async fn look(&self, id: &FileId, size: u64) -> Result<Option<picture::Picture>, FileError> {
        if size > picture::MAX_FILE {
            return Ok(None);
        }
        let _turn = self.drawing.acquire().await.map_err(|_| FileError::Stopping)?;
        let bytes = self.blobs.bytes(&key(id), picture::MAX_FILE).await?;
        Ok(tokio::task::spawn_blocking(move || picture::look(&bytes)).await.unwrap_or_default())
    }
}

impl Uploading {
    /// Says where the files go. Checked at once, so that nobody sends much for nothing.
    pub async fn choose_channel(&mut self, id: &ChannelId) -> Result<(), FileError> {
        let chat = &self.files.chat;
        let channel = chat.channel(id).await?;
        let member = chat.store.channel_member(id, &self.user.id).await.map_err(ChatError::from)?;
        rules::post_in(&self.user, &channel, member.as_ref()).map_err(ChatError::from)?;
        if chat.store.waiting_files(&self.user.id).await.map_err(ChatError::from)? >= MAX_WAITING {
            return Err(FileError::TooManyWaiting(MAX_WAITING));
        }
        self.channel = Some(channel.id);
        Ok(())
    }

    /// Begins the next file.
    pub fn file(&mut self, name: &str) -> Result<(), FileError> {
        if self.loose.len() == MAX_POST_FILES {
            return Err(FileError::TooMany);
        }
        let id: FileId = self.files.chat.clock.id();
        let upload = self.files.blobs.begin(&key(&id), self.files.max_file);
        self.loose.push(id.clone());
        self.current = Some((id, plain_name(name), upload));
        Ok(())
    }

    /// The next bytes of the file begun last.
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
        let seen = self.files.look(&id, size).await?;
        self.done.push(Arrived { id, name, size, seen });
        Ok(())
    }

    /// Writes the rows: from here on the files exist.
    pub async fn keep(mut self) -> Result<Vec<FileInfo>, FileError> {
        let channel = self.channel.clone().ok_or(FileError::NoChannel)?;
        let done = std::mem::take(&mut self.done);
        let infos: Vec<FileInfo> = done.into_iter().map(|one| self.info(one, &channel)).collect();
        self.files.chat.store.create_files(infos.clone()).await.map_err(ChatError::from)?;
        self.loose.clear();
        Ok(infos)
    }

    fn info(&self, one: Arrived, channel: &ChannelId) -> FileInfo {
        let now = self.files.chat.clock.now();
        let mime_type = match one.seen {
            Some(seen) => seen.mime_type,
            None => named_type(&one.name),
        };
        FileInfo {
            id: one.id,
            user_id: self.user.id.clone(),
            channel_id: channel.clone(),
            post_id: None,
            mime_type: mime_type.to_owned(),
            name: one.name,
            size: i64::try_from(one.size).unwrap_or(i64::MAX),
            width: one.seen.map_or(0, |seen| seen.width.into()),
            height: one.seen.map_or(0, |seen| seen.height.into()),
            create_at: now,
            update_at: now,
        }
    }
}

impl Drop for Uploading {
    fn drop(&mut self) {
        // First the file under way, which removes what it wrote so far.
        self.current = None;
        if self.loose.is_empty() {
            return;
        }
        let (blobs, loose) = (self.files.blobs.clone(), std::mem::take(&mut self.loose));
        self.files.tasks.spawn(async move {
            for id in loose {
                if let Err(error) = blobs.delete(&key(&id)).await {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(file = %id, error, "what an upload left could not be removed");
                }
            }
        });
    }
}

/// A name without folders and characters that would break a header or a database.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: Vec<char> = last.trim().chars().filter(|c| !c.is_control()).collect();
    let kept: String = plain[plain.len().saturating_sub(MAX_NAME)..].iter().collect();
    if kept.is_empty() || kept.chars().all(|c| c == '.') { "file".to_owned() } else { kept }
}

/// What a name says about its content. A picture's is known from its bytes; a name alone makes none.
fn named_type(name: &str) -> &'static str {
    match mime_guess::from_path(name).first_raw() {
        Some(named) if !named.starts_with("image/") || named == "image/svg+xml" => named,
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_last_part_without_control_characters() {
        for (given, plain) in [
            ("a.txt", "a.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\anna\\ä b.PNG", "ä b.PNG"),
            ("a\r\nb\0.txt", "ab.txt"),
            ("", "file"),
            ("..", "file"),
        ] {
            assert_eq!(plain_name(given), plain);
        }
        assert_eq!(plain_name(&format!("{}.png", "x".repeat(500))).len(), MAX_NAME);
        assert!(plain_name(&format!("{}.png", "x".repeat(500))).ends_with("x.png"));
    }

    #[test]
    fn a_name_alone_makes_no_picture() {
        assert_eq!(named_type("a.txt"), "text/plain");
        assert_eq!(named_type("a.png"), "application/octet-stream");
        assert_eq!(named_type("a"), "application/octet-stream");
    }
}
