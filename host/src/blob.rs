//! The bytes of uploaded files: the only place that knows where they are. Rows name them by key; a blob without a row
//! is nobody's.

use std::ops::Range;
use std::path::Path as Directory;
use std::sync::Arc;

use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

/// What is buffered of one upload before it is written, in bytes.
const BUFFER: usize = 1024 * 1024;

/// Parts of one upload that may be on their way at once.
const PARTS: usize = 2;

/// Where blobs are. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<dyn ObjectStore>);

/// A blob on its way in. Dropped unfinished, nothing of it stays.
#[derive(Debug)]
pub struct Upload {
    writer: BufWriter,
    written: u64,
    limit: u64,
}

/// A blob on its way out.
pub struct Download {
    /// How many bytes come.
    pub size: u64,
    pub bytes: futures_util::stream::BoxStream<'static, std::io::Result<Bytes>>,
}

/// A piece of a blob; cheap to clone.
pub type Bytes = tokio_util::bytes::Bytes;

/// Why a blob was not kept or found.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error(
        "`storage.url` is `{0}`; this server keeps files in a directory: write `file://` and its absolute or relative path"
    )]
    UnknownStorage(String),
    #[error("cannot make the directory {path} for uploaded files")]
    Directory { path: String, source: std::io::Error },
    #[error("the blob `{0}` is not where its row says it is")]
    Missing(String),
    #[error("larger than the {0} bytes allowed here")]
    TooLarge(u64),
    #[error("the blob store failed")]
    Store(#[from] object_store::Error),
    #[error("writing to the blob store failed")]
    Write(#[source] std::io::Error),
}

impl Blobs {
    /// Opens the store at `url`, and makes its directory if there is none.
    pub fn open(url: &str) -> Result<Self, BlobError> {
        let path = url.strip_prefix("file://").filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| BlobError::UnknownStorage(url.chars().take(200).collect()))?;
        let directory = |source| BlobError::Directory { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(directory)?;
        let path = Directory::new(path).canonicalize().map_err(directory)?;
        // What is acknowledged is on disk, files like rows.
        Ok(Self(Arc::new(LocalFileSystem::new_with_prefix(path)?.with_fsync(true))))
    }

    /// Whether the store answers.
    pub async fn check(&self) -> Result<(), BlobError> {
        match self.0.head(&Path::from("check")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins a blob of at most `limit` bytes.
    pub fn begin(&self, key: &str, limit: u64) -> Upload {
        let writer = BufWriter::with_capacity(self.0.clone(), Path::from(key), BUFFER);
        Upload { writer: writer.with_max_concurrency(PARTS), written: 0, limit }
    }

    /// Keeps bytes that are at hand.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.0.put(&Path::from(key), bytes.into()).await?;
        Ok(())
    }

    /// A blob, piece by piece: whole, or these bytes of it.
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Download, BlobError> {
        use futures_util::StreamExt as _;
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.0.get_opts(&Path::from(key), options).await.map_err(|error| missing(key, error))?;
        let size = found.range.end - found.range.start;
        let bytes = found.into_stream().map(|piece| piece.map_err(std::io::Error::other)).boxed();
        Ok(Download { size, bytes })
    }

    /// A whole blob, which must not be larger than `limit`.
    pub async fn bytes(&self, key: &str, limit: u64) -> Result<Bytes, BlobError> {
        let found = self.0.get(&Path::from(key)).await.map_err(|error| missing(key, error))?;
        if found.meta.size > limit {
            return Err(BlobError::TooLarge(limit));
        }
        Ok(found.bytes().await?)
    }

    /// Removes a blob; one that is not there is no matter.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.0.delete(&Path::from(key)).await {
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

    /// Makes the blob durable and says how large it is.
    pub async fn finish(mut self) -> Result<u64, BlobError> {
        self.writer.shutdown().await.map_err(BlobError::Write)?;
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
        Blobs::open(&format!("file://{}", directory.path().display())).unwrap()
    }

    #[tokio::test]
    async fn what_was_written_in_pieces_is_read_back_whole() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = open(&directory);
        let piece = Bytes::from(vec![7_u8; BUFFER]);
        let mut upload = blobs.begin("files/a", 10 * BUFFER as u64);
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
    async fn past_the_limit_nothing_stays() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = open(&directory);
        let mut upload = blobs.begin("a", 2 * BUFFER as u64);
        upload.write(vec![0; 2 * BUFFER].into()).await.unwrap();
        assert!(matches!(upload.write(vec![0].into()).await, Err(BlobError::TooLarge(_))));
        drop(upload);
        // The upload's own file is removed by a task of the runtime.
        while entries(&directory) > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(blobs.get("a", None).await, Err(BlobError::Missing(_))));
    }

    #[test]
    fn another_kind_of_storage_is_refused_by_name() {
        let error = Blobs::open("s3://bucket/prefix").unwrap_err().to_string();
        assert!(error.starts_with("`storage.url` is `s3://bucket/prefix`;"), "{error}");
    }
}
