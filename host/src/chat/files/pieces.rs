//! Uploads in pieces: a client announces a file, sends its bytes in several requests, and continues after a broken one
//! where the server says. Each piece is a blob; with the last one the file is put together.

use std::time::Duration;

use futures_util::TryStreamExt;

use super::upload::{NewFile, file_name};
use super::{FileError, Files, key};
use crate::access::{AccessError, AccountAccess};
use crate::blob::{BlobError, Upload};
use crate::chat::ChatError;
use crate::model::{ChannelId, FileId, FileInfo, Kind, UploadPiece, UploadSession, User, UserId};

/// Bytes of the smallest piece that does not end its file. A smaller one is refused, which bounds a file's pieces.
const MIN_PIECE: u64 = 5 * 1024 * 1024;

/// Most files of one account that arrive in pieces at the same time. A further one is refused.
const MAX_SESSIONS: i64 = 20;

/// How long a file may take to arrive. After that, its pieces are removed.
const LIFETIME: Duration = Duration::from_hours(24);

/// Sessions that are removed at once.
const BATCH: i64 = 100;

/// A file that a client announces.
#[derive(Debug, Clone)]
pub struct NewUpload {
    pub channel_id: ChannelId,
    pub name: String,
    pub size: i64,
}

/// A piece that is being received.
#[derive(Debug)]
pub struct Receiving {
    files: Files,
    session: UploadSession,
    id: FileId,
    upload: Upload,
}

impl Files {
    /// Begins the upload of a file in pieces.
    pub async fn announce(&self, user: &User, new: NewUpload) -> Result<UploadSession, FileError> {
        let invalid =
            |field, reason: &str| ChatError::Invalid { kind: Kind::Upload, field, reason: reason.to_owned() };
        if new.name.is_empty() {
            return Err(invalid("filename", "the file needs a name").into());
        }
        let size = u64::try_from(new.size).ok().filter(|size| *size > 0);
        let size =
            size.ok_or_else(|| invalid("file_size", "it must be the number of bytes, greater than 0"))?;
        if size > self.max_file {
            return Err(FileError::UploadTooLarge(self.max_file));
        }
        let channel = self.chat.postable_channel(user, &new.channel_id, None).await?;
        self.check_waiting(user).await?;
        let session = UploadSession {
            id: self.chat.clock.id(),
            user_id: user.id.clone(),
            channel_id: channel.id,
            name: file_name(&new.name),
            size: new.size,
            pieces: Vec::new(),
            create_at: self.chat.clock.now(),
        };
        let store = self.chat.store.with_quotas([self.file_bytes_of(&user.id)]);
        let created = store.create_upload_session(session.clone(), MAX_SESSIONS).await;
        if created.map_err(ChatError::from)? {
            Ok(session)
        } else {
            Err(FileError::TooManyUploads(MAX_SESSIONS))
        }
    }

    /// Returns an upload of the user's own.
    pub async fn upload_session(&self, user: &User, id: &FileId) -> Result<UploadSession, FileError> {
        let session = self.session(id).await?;
        if session.user_id == user.id { Ok(session) } else { Err(FileError::OthersUpload) }
    }

    /// Returns the uploads of an account that have not ended, the oldest first.
    pub async fn upload_sessions(&self, account: &AccountAccess) -> Result<Vec<UploadSession>, FileError> {
        Ok(self.chat.store.upload_sessions(account.id()).await.map_err(ChatError::from)?)
    }

    /// Begins the next piece of a file, of `length` bytes if the client says so.
    pub async fn receive(
        &self,
        user: &User,
        id: &FileId,
        length: Option<u64>,
    ) -> Result<Receiving, FileError> {
        let session = self.session(id).await?;
        if session.user_id != user.id {
            let refused = AccessError::Forbidden("send bytes of this upload: it is another user's");
            return Err(ChatError::from(refused).into());
        }
        self.chat.postable_channel(user, &session.channel_id, None).await?;
        let left = session.left();
        if length.is_some_and(|length| length == 0 || length > left) {
            return Err(FileError::UnexpectedLength(left));
        }
        let piece: FileId = self.chat.clock.id();
        let upload = self.blobs.begin(&key(&piece), left)?;
        Ok(Receiving { files: self.clone(), session, id: piece, upload })
    }

    /// Removes uploads that took too long.
    pub(super) async fn remove_old_uploads(&self) -> Result<(), FileError> {
        let before = self.chat.clock.now().minus(LIFETIME);
        loop {
            let old =
                self.chat.store.expired_upload_sessions(before, BATCH).await.map_err(ChatError::from)?;
            for session in &old {
                self.remove_pieces(&session.pieces).await?;
                self.chat.store.delete_upload_session(&session.id).await.map_err(ChatError::from)?;
            }
            if old.is_empty() {
                return Ok(());
            }
        }
    }

    async fn session(&self, id: &FileId) -> Result<UploadSession, FileError> {
        let session = self.chat.store.upload_session(id).await.map_err(ChatError::from)?;
        Ok(session.ok_or(ChatError::NotFound(Kind::Upload))?)
    }

    /// Puts the pieces of a complete file together. A single piece is the file already.
    async fn join(&self, pieces: &[UploadPiece]) -> Result<FileId, FileError> {
        if let [only] = pieces {
            return Ok(only.id.clone());
        }
        let id: FileId = self.chat.clock.id();
        let mut upload = self.blobs.begin(&key(&id), self.max_file)?;
        for piece in pieces {
            let mut download = self.blobs.get(&key(&piece.id), None).await?;
            while let Some(bytes) = download.bytes.try_next().await.map_err(BlobError::from)? {
                upload.write(bytes).await?;
            }
        }
        upload.finish().await?;
        Ok(id)
    }

    async fn remove_pieces(&self, pieces: &[UploadPiece]) -> Result<(), FileError> {
        for piece in pieces {
            self.blobs.delete(&key(&piece.id)).await?;
        }
        Ok(())
    }
}

impl Receiving {
    pub async fn write(&mut self, bytes: crate::blob::Bytes) -> Result<(), FileError> {
        Ok(self.upload.write(bytes).await?)
    }

    /// Keeps the piece. Returns the file with the last one, and None while bytes are missing.
    pub async fn end(self) -> Result<Option<FileInfo>, FileError> {
        let Self { files, mut session, id, upload } = self;
        let left = session.left();
        let size = upload.finish().await?;
        let piece = UploadPiece { id, size: i64::try_from(size).unwrap_or(i64::MAX) };
        let refused = if size == 0 {
            Some(FileError::UnexpectedLength(left))
        } else if size < left && size < MIN_PIECE {
            Some(FileError::SmallPiece(MIN_PIECE))
        } else {
            let added = files.chat.store.add_upload_piece(&session, piece.clone()).await;
            (!added.map_err(ChatError::from)?).then_some(FileError::ConcurrentPieces)
        };
        if let Some(error) = refused {
            files.remove_pieces(&[piece]).await?;
            return Err(error);
        }
        session.pieces.push(piece);
        if session.left() > 0 {
            return Ok(None);
        }
        files.complete(session).await.map(Some)
    }
}

impl Files {
    /// Ends the session of a complete file, and writes the file's row. The session goes first, so that its end never
    /// removes the bytes of a file.
    async fn complete(&self, session: UploadSession) -> Result<FileInfo, FileError> {
        let UploadSession { id: ended, user_id, channel_id, name, size, pieces, .. } = session;
        if !self.chat.store.delete_upload_session(&ended).await.map_err(ChatError::from)? {
            return Err(FileError::ConcurrentPieces);
        }
        let id = self.join(&pieces).await?;
        let used: Vec<UploadPiece> = pieces.into_iter().filter(|piece| piece.id != id).collect();
        self.remove_pieces(&used).await?;
        let info = self.describe_file(&user_id, &channel_id, (&id, name, size)).await?;
        if let Err(error) = self.write_infos(&user_id, vec![info.clone()]).await {
            self.blobs.delete(&key(&id)).await?;
            return Err(error);
        }
        Ok(info)
    }

    async fn describe_file(
        &self,
        user: &UserId,
        channel: &ChannelId,
        (id, name, size): (&FileId, String, i64),
    ) -> Result<FileInfo, FileError> {
        let size = u64::try_from(size).unwrap_or_default();
        let picture = self.inspect(id, size).await?;
        Ok(self.info(user, channel, NewFile { id: id.clone(), name, size, picture }))
    }
}
