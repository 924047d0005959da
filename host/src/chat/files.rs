//! Uploaded files: streamed to the blob store, attached to posts, and served to users who may read the channel.

mod avatar;
mod emoji;
mod garbage;
mod picture;
mod pieces;
mod team_picture;
mod upkeep;
mod upload;

use std::ops::Range;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Chat, ChatError};
use crate::access::rules;
use crate::blob::{BlobError, Blobs, Bytes, Download, Folder};
use crate::budget::{Budget, BudgetExhausted};
use crate::model::{FileId, FileInfo, Kind, MAX_POST_FILES, PostId, User};
use crate::secret::{Secret, hmac_sha256_hex, same};
use crate::shutdown::Tasks;

pub use avatar::MAX_AVATAR_FILE;
pub use emoji::{MAX_EMOJI_FILE, NewEmoji};
pub use pieces::{NewUpload, Receiving};
pub use team_picture::MAX_TEAM_PICTURE;
pub use upload::Uploading;

/// Pictures that are decoded at the same time, as far as the budget for pictures allows; further ones wait.
const DECODERS: usize = 2;

/// Handles for files and custom emoji. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    chat: Chat,
    blobs: Blobs,
    tasks: Tasks,
    max_file: u64,
    /// Signs links for readers without an account; None if public links are off.
    links: Option<Secret>,
    decoders: Arc<Semaphore>,
    /// Memory for pictures that are decoded.
    memory: Budget,
}

/// A smaller rendition of a picture, as JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendition {
    Thumbnail,
    Preview,
}

/// Why a file or an emoji was not stored or served.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("a file may have at most {0} bytes here; send a smaller one")]
    TooLarge(u64),
    #[error("the body is empty; send the file's bytes")]
    Empty,
    #[error("the form has {client_ids} `client_ids` for {files} files; send one for each file, or none")]
    ClientIds { client_ids: usize, files: usize },
    #[error("the form has more than {MAX_POST_FILES} files; send fewer at once")]
    TooMany,
    #[error("{0} of your files belong to no post yet; post them, or wait until they are removed after a day")]
    TooManyWaiting(i64),
    #[error("a file may have at most {0} bytes here; send a smaller one")]
    UploadTooLarge(u64),
    #[error("{0} of your uploads are not complete yet, as many as an account may have; finish one first")]
    TooManyUploads(i64),
    #[error("this upload is another user's; create one of your own")]
    OthersUpload,
    #[error("{0} bytes of the file are missing; send them, or as many of them as the connection allows")]
    UnexpectedLength(u64),
    #[error("a piece that does not end its file has at least {0} bytes; send more at once")]
    SmallPiece(u64),
    #[error("another piece of this file arrived at the same time; read the offset and continue there")]
    ConcurrentPieces,
    #[error("this server has {0} custom emoji, as many as it stores; delete one first")]
    TooManyEmoji(i64),
    #[error("the upload names no channel; send `channel_id`")]
    NoChannel,
    #[error("the server cannot make a smaller rendition of this file; fetch the file itself")]
    NoPicture,
    #[error("`image` is not a picture that an emoji can have: {0}")]
    EmojiPicture(String),
    #[error("`image` is not a picture that an account can have: {0}")]
    Avatar(String),
    #[error("`image` is not a picture that a team can have: {0}")]
    TeamPicture(String),
    #[error("the picture could not be read; see the server log")]
    Picture(#[source] image::ImageError),
    #[error("this server makes no public links to files; fetch the file with a session or a token")]
    NoLinks,
    #[error("only a file of a post has a public link; post the file first")]
    NotPosted,
    #[error("this link to a file is not valid; ask for a new one")]
    WrongLink,
    #[error("the server is stopping; send the request again in a moment")]
    Stopping,
    #[error(transparent)]
    Busy(#[from] BudgetExhausted),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Blob(BlobError),
}

impl From<BlobError> for FileError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::TooLarge(limit) => Self::TooLarge(limit),
            error => Self::Blob(error),
        }
    }
}

impl Files {
    pub fn new(
        chat: Chat,
        blobs: Blobs,
        tasks: Tasks,
        max_file: u64,
        links: Option<Secret>,
        memory: Budget,
    ) -> Self {
        Self { chat, blobs, tasks, max_file, links, decoders: Arc::new(Semaphore::new(DECODERS)), memory }
    }

    /// Returns the size of the largest file, in bytes.
    pub fn max_file(&self) -> u64 {
        self.max_file
    }

    /// Returns a file that the user may read: one of a post that they may read, or their own unattached one.
    pub async fn readable(&self, reader: &User, id: &FileId) -> Result<FileInfo, FileError> {
        let file = self.chat.store.file(id).await.map_err(ChatError::from)?;
        let file = file.ok_or(ChatError::NotFound(Kind::File))?;
        match &file.post_id {
            Some(post) => {
                self.chat.readable_post(reader, post).await?;
            }
            None => rules::see_unattached_file(reader, &file).map_err(ChatError::from)?,
        }
        Ok(file)
    }

    /// Returns the files of a post that the user may read, in order.
    pub async fn of_post(&self, reader: &User, post: &PostId) -> Result<Vec<FileInfo>, FileError> {
        self.chat.readable_post(reader, post).await?;
        Ok(self.chat.store.files_of(std::slice::from_ref(post)).await.map_err(ChatError::from)?)
    }

    /// Opens a file's bytes, or the given range of them.
    pub async fn open(&self, file: &FileInfo, range: Option<Range<u64>>) -> Result<Download, FileError> {
        Ok(self.blobs.get(&key(&file.id), range).await?)
    }

    /// Creates the signature of a public link, for a reader of the file.
    pub async fn link(&self, reader: &User, id: &FileId) -> Result<String, FileError> {
        let file = self.readable(reader, id).await?;
        let links = self.links.as_ref().ok_or(FileError::NoLinks)?;
        if file.post_id.is_none() {
            return Err(FileError::NotPosted);
        }
        Ok(hmac_sha256_hex(links.reveal().as_bytes(), file.id.as_str().as_bytes()))
    }

    /// Returns the file of a public link, for any client that has the link.
    pub async fn linked_file(&self, id: &FileId, proof: &str) -> Result<FileInfo, FileError> {
        let links = self.links.as_ref().ok_or(FileError::NoLinks)?;
        if !same(&hmac_sha256_hex(links.reveal().as_bytes(), id.as_str().as_bytes()), proof) {
            return Err(FileError::WrongLink);
        }
        let file = self.chat.store.file(id).await.map_err(ChatError::from)?;
        Ok(file.filter(|file| file.post_id.is_some()).ok_or(ChatError::NotFound(Kind::File))?)
    }

    /// Returns a rendition of a picture. The first request creates and stores it.
    pub async fn rendition(&self, file: &FileInfo, rendition: Rendition) -> Result<Bytes, FileError> {
        if !file.is_picture() {
            return Err(FileError::NoPicture);
        }
        let stored = rendition.key(&file.id);
        match self.blobs.bytes(&stored, picture::MAX_FILE).await {
            Ok(bytes) => return Ok(bytes),
            Err(BlobError::Missing(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let side = |length: i64| u64::try_from(length).unwrap_or(0);
        let needed = picture::memory(side(file.size), side(file.width), side(file.height));
        let memory = self.memory.reserve(needed).await?;
        let _permit = self.decoders.acquire().await.map_err(|_| FileError::Stopping)?;
        let original = self.blobs.bytes(&key(&file.id), picture::MAX_FILE).await?;
        let (width, height) = rendition.bounds();
        let shrunk = tokio::task::spawn_blocking(move || {
            // The thread keeps the memory until it is done, even if the request is dropped before.
            let _memory = memory;
            picture::shrink(&original, width, height)
        })
        .await;
        let shrunk = Bytes::from(shrunk.map_err(|_| FileError::NoPicture)?.map_err(FileError::Picture)?);
        self.blobs.put(&stored, shrunk.clone()).await?;
        Ok(shrunk)
    }
}

impl Chat {
    /// Returns those of these files that a new post of the author takes, each once: files that the author uploaded and
    /// that no post has. Others are left out.
    pub(super) async fn attachable(
        &self,
        author: &User,
        files: Vec<FileId>,
    ) -> Result<Vec<FileId>, ChatError> {
        if files.is_empty() {
            return Ok(files);
        }
        let mut own = self.store.waiting_among(&author.id, &files).await?;
        Ok(files.into_iter().filter(|id| own.remove(id)).collect())
    }
}

impl Rendition {
    /// Returns the blob store's key of a file's rendition.
    fn key(self, id: &FileId) -> String {
        match self {
            Self::Thumbnail => Folder::Thumbnails.key(id.as_str()),
            Self::Preview => Folder::Previews.key(id.as_str()),
        }
    }

    /// Returns the largest width and height, in pixels.
    fn bounds(self) -> (u32, u32) {
        match self {
            Self::Thumbnail => (120, 100),
            Self::Preview => (1920, 1080),
        }
    }
}

/// Returns the blob store's key of a file.
fn key(id: &FileId) -> String {
    Folder::Files.key(id.as_str())
}
