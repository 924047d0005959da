//! The bytes of uploaded files. Only this module knows where they are. Rows refer to them by key; a blob without a row
//! is garbage.

mod listing;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use crate::disk;
use listing::MARKS;
pub use listing::{BlobEntry, Folder};

/// Bytes of one upload that are buffered before they are written.
const BUFFER: usize = 256 * 1024;

/// Parts of one upload that are written at the same time.
const PARTS: usize = 2;

/// How long a health check waits for the disk.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Memory that one upload takes: its buffer, and the parts that are being written.
pub const UPLOAD: usize = (1 + PARTS) * BUFFER;

/// The store of blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    directory: Arc<Path>,
    /// Free bytes below which the disk counts as full.
    min_free: u64,
}

/// A blob that is being written. If it is dropped before [`Upload::finish`], its bytes are removed.
#[derive(Debug)]
pub struct Upload {
    writer: BufWriter,
    written: u64,
    limit: u64,
}

/// A blob that is being read.
pub struct Download {
    /// The number of bytes that follow.
    pub size: u64,
    pub bytes: futures_util::stream::BoxStream<'static, std::io::Result<Bytes>>,
}

/// A piece of a blob; cheap to clone.
pub type Bytes = tokio_util::bytes::Bytes;

/// Why a blob was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("`storage.url`: `{0}` is not a directory; write `file://` and its absolute or relative path")]
    UnknownStorage(String),
    #[error("cannot take the directory {path} for uploaded files: {source}")]
    Directory { path: String, source: std::io::Error },
    #[error(
        "the blob `{0}` is missing, although a row refers to it; restore the directory of `storage.url` from a backup"
    )]
    Missing(String),
    #[error("the file is larger than the {0} bytes allowed here; send a smaller one")]
    TooLarge(u64),
    #[error("the disk of uploaded files is full; the operator must free space on it")]
    Full,
    #[error("the disk of uploaded files does not respond; send the request again in a moment")]
    Unavailable,
    #[error("the store of uploaded files failed; see the server log")]
    Store(#[source] object_store::Error),
    #[error("the directory of uploaded files failed; see the server log")]
    Disk(#[source] std::io::Error),
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        if disk::is_full(&error) { Self::Full } else { Self::Store(error) }
    }
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        if disk::is_full(&error) { Self::Full } else { Self::Disk(error) }
    }
}

impl Blobs {
    /// Opens the store at `url`, and creates its directory if necessary. Other accounts lose their access to it. With
    /// fewer than `min_free` free bytes its disk counts as full.
    pub fn open(url: &str, min_free: u64) -> Result<Self, BlobError> {
        let path = url.strip_prefix("file://").filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| BlobError::UnknownStorage(url.chars().take(200).collect()))?;
        let failed = |source| BlobError::Directory { path: path.to_owned(), source };
        disk::claim_directory(Path::new(path), &MARKS).map_err(failed)?;
        let directory = Path::new(path).canonicalize().map_err(failed)?;
        // The bytes of an acknowledged upload are synced to disk, as acknowledged rows are.
        let store = LocalFileSystem::new_with_prefix(&directory)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), directory: directory.into(), min_free })
    }

    /// Checks within [`CHECK_TIMEOUT`] that the store responds and that its disk has space.
    pub async fn check(&self) -> Result<(), BlobError> {
        let blobs = self.clone();
        let checking = tokio::task::spawn_blocking(move || blobs.check_space());
        match tokio::time::timeout(CHECK_TIMEOUT, checking).await {
            Ok(Ok(checked)) => checked,
            Ok(Err(_)) | Err(_) => Err(BlobError::Unavailable),
        }
    }

    /// Begins a blob of at most `limit` bytes.
    pub fn begin(&self, key: &str, limit: u64) -> Result<Upload, BlobError> {
        self.check_space()?;
        let writer = BufWriter::with_capacity(self.store.clone(), Key::from(key), BUFFER);
        Ok(Upload { writer: writer.with_max_concurrency(PARTS), written: 0, limit })
    }

    /// Stores bytes that are in memory.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.check_space()?;
        self.store.put(&Key::from(key), bytes.into()).await?;
        Ok(())
    }

    /// Refuses the last free bytes of the disk, which the database may need.
    fn check_space(&self) -> Result<(), BlobError> {
        if disk::free_bytes(&self.directory)? < self.min_free { Err(BlobError::Full) } else { Ok(()) }
    }

    /// Reads a blob piece by piece, completely or in the given range.
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Download, BlobError> {
        use futures_util::StreamExt as _;
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let result =
            self.store.get_opts(&Key::from(key), options).await.map_err(|error| missing(key, error))?;
        let size = result.range.end - result.range.start;
        let bytes = result.into_stream().map(|piece| piece.map_err(std::io::Error::other)).boxed();
        Ok(Download { size, bytes })
    }

    /// Reads a whole blob, which must not be larger than `limit`.
    pub async fn bytes(&self, key: &str, limit: u64) -> Result<Bytes, BlobError> {
        let result = self.store.get(&Key::from(key)).await.map_err(|error| missing(key, error))?;
        if result.meta.size > limit {
            return Err(BlobError::TooLarge(limit));
        }
        Ok(result.bytes().await?)
    }

    /// Removes a blob, if it exists.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&Key::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn missing(key: &str, error: object_store::Error) -> BlobError {
    match error {
        object_store::Error::NotFound { .. } => BlobError::Missing(key.to_owned()),
        error => error.into(),
    }
}

// === impl Upload ===

impl Upload {
    pub async fn write(&mut self, piece: Bytes) -> Result<(), BlobError> {
        self.written += piece.len() as u64;
        if self.written > self.limit {
            return Err(BlobError::TooLarge(self.limit));
        }
        Ok(self.writer.put(piece).await?)
    }

    /// Makes the blob durable, and returns its size.
    pub async fn finish(mut self) -> Result<u64, BlobError> {
        self.writer.shutdown().await?;
        Ok(self.written)
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(directory: &tempfile::TempDir) -> usize {
        std::fs::read_dir(directory.path()).unwrap().count()
    }

    fn open(directory: &tempfile::TempDir) -> Blobs {
        Blobs::open(&format!("file://{}", directory.path().display()), 0).unwrap()
    }

    #[tokio::test]
    async fn a_blob_written_in_pieces_is_read_back_whole() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = open(&directory);
        let piece = Bytes::from(vec![7_u8; BUFFER]);
        let mut upload = blobs.begin("files/a", 10 * BUFFER as u64).unwrap();
        for _ in 0..3 {
            upload.write(piece.clone()).await.unwrap();
        }
        assert_eq!(upload.finish().await.unwrap(), 3 * BUFFER as u64);
        assert_eq!(blobs.bytes("files/a", u64::MAX).await.unwrap(), vec![7_u8; 3 * BUFFER]);
        assert!(matches!(blobs.bytes("files/a", 5).await, Err(BlobError::TooLarge(5))));
        assert_eq!(blobs.get("files/a", Some(5..9)).await.unwrap().size, 4);
        blobs.delete("files/a").await.unwrap();
        blobs.delete("files/a").await.unwrap();
        assert!(matches!(blobs.get("files/a", None).await, Err(BlobError::Missing(key)) if key == "files/a"));
    }

    #[tokio::test]
    async fn an_upload_past_its_limit_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = open(&directory);
        let mut upload = blobs.begin("a", 2 * BUFFER as u64).unwrap();
        upload.write(vec![0; 2 * BUFFER].into()).await.unwrap();
        assert!(matches!(upload.write(vec![0].into()).await, Err(BlobError::TooLarge(_))));
        drop(upload);
        // The upload's own file is removed by a task of the runtime.
        while entries(&directory) > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(blobs.get("a", None).await, Err(BlobError::Missing(_))));
    }

    #[tokio::test]
    async fn a_disk_with_too_little_space_takes_no_blobs() {
        let directory = tempfile::tempdir().unwrap();
        let full = Blobs::open(&format!("file://{}", directory.path().display()), u64::MAX).unwrap();
        assert!(matches!(full.begin("a", 1), Err(BlobError::Full)));
        assert!(matches!(full.put("a", Bytes::new()).await, Err(BlobError::Full)));
        assert!(matches!(full.check().await, Err(BlobError::Full)));
        open(&directory).check().await.unwrap();
    }

    #[test]
    fn another_kind_of_storage_is_refused() {
        let error = Blobs::open("s3://bucket/prefix", 0).unwrap_err().to_string();
        assert!(error.starts_with("`storage.url`: `s3://bucket/prefix` is not a directory;"), "{error}");
    }
}
