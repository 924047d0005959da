//! A new database for each test, on either engine, removed after the test.

mod postgres;

use std::path::Path;

use tempfile::TempDir;

/// The two databases that a host runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An empty, migrated database and a folder for all other files. Both are removed when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    /// Declared before the folder, so that the database is dropped first.
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

    /// Returns the value of the option `database.url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
