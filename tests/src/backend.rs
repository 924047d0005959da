//! A database of a test's own, on either engine, gone with the test.

mod postgres;

use std::path::Path;

use tempfile::TempDir;

/// The two databases a host runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An empty, migrated database, and a folder for everything else. Both are removed when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    /// Declared before the folder: the database goes first.
    _clone: Option<postgres::Clone>,
    folder: TempDir,
}

impl TestDatabase {
    pub async fn make(backend: Backend) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (url, clone) = match backend {
            Backend::Sqlite => (format!("sqlite://{}", folder.path().join("jackfield.db").display()), None),
            Backend::Postgres => {
                let clone = postgres::Clone::make().await;
                (clone.url(), Some(clone))
            }
        };
        Self { url, _clone: clone, folder }
    }

    /// As the option `database.url` has it.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
