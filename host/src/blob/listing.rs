//! What is in the store's directory, for the removal of blobs without a row, and which database the directory belongs
//! to.

use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::{BlobError, Blobs};
use crate::disk;

/// The file with the id of the database whose rows refer to the blobs.
const OWNER: &str = "database.id";

/// Names that show that a directory is a blob store.
pub(super) const MARKS: [&str; 6] = [OWNER, "files", "thumbnails", "previews", "emoji", "avatars"];

/// Names in one batch of a listing.
const BATCH: usize = 500;

/// The kinds of blobs, each with its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    Files,
    Thumbnails,
    Previews,
    Emoji,
    /// The pictures that accounts have of their own.
    Avatars,
    /// The pictures of teams.
    Teams,
}

/// A file in a folder of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobEntry {
    folder: Folder,
    name: String,
}

impl Folder {
    pub const ALL: [Self; 6] =
        [Self::Files, Self::Thumbnails, Self::Previews, Self::Emoji, Self::Avatars, Self::Teams];

    fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Thumbnails => "thumbnails",
            Self::Previews => "previews",
            Self::Emoji => "emoji",
            Self::Avatars => "avatars",
            Self::Teams => "teams",
        }
    }

    /// Returns the key of the blob with this id.
    pub fn key(self, id: &str) -> String {
        format!("{}/{id}", self.name())
    }
}

impl BlobEntry {
    /// Returns the id of the blob.
    pub fn id(&self) -> &str {
        self.name.split_once('#').map_or(&self.name, |(id, _)| id)
    }

    /// Whether the file is a part of an upload that was never finished: `ID#NUMBER`.
    pub fn is_partial(&self) -> bool {
        self.name.contains('#')
    }
}

impl Blobs {
    /// Returns the id of the database that the store belongs to. The first call writes the given one.
    pub async fn owner(&self, new: &str) -> Result<String, BlobError> {
        let path = self.directory.join(OWNER);
        let new = new.to_owned();
        let read = move || {
            match std::fs::read_to_string(&path) {
                // A crash may have left the file empty.
                Ok(own) if own.is_empty() => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                own => return own,
            }
            let mut file = disk::open_file(&path)?;
            io::Write::write_all(&mut file, new.as_bytes())?;
            file.sync_all()?;
            Ok(new)
        };
        Ok(tokio::task::spawn_blocking(read).await.map_err(|_| BlobError::Unavailable)??)
    }

    /// Lists a folder in batches, in no order. Each file is closed to other accounts on the way.
    pub fn list(&self, folder: Folder) -> mpsc::Receiver<io::Result<Vec<BlobEntry>>> {
        let (batches, receiver) = mpsc::channel(1);
        let directory = self.directory.join(folder.name());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = send_batches(&directory, folder, &batches) {
                drop(batches.blocking_send(Err(error)));
            }
        });
        receiver
    }

    /// Removes a listed file, if it still exists.
    pub async fn remove(&self, listed: &BlobEntry) -> Result<(), BlobError> {
        match tokio::fs::remove_file(self.directory.join(listed.folder.name()).join(&listed.name)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Sends the names in a folder until the receiver is gone. A missing folder has none.
fn send_batches(
    directory: &PathBuf,
    folder: Folder,
    batches: &mpsc::Sender<io::Result<Vec<BlobEntry>>>,
) -> io::Result<()> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let mut batch = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        match disk::tighten(&entry.path()) {
            // The file was removed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            tightened => tightened?,
        };
        batch.push(BlobEntry { folder, name });
        if batch.len() == BATCH && batches.blocking_send(Ok(std::mem::take(&mut batch))).is_err() {
            return Ok(());
        }
    }
    drop(batches.blocking_send(Ok(batch)));
    Ok(())
}
