//! Errors of the store. Conflicts are distinguished by kind, not by constraint name, because SQLite reports none.

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

/// Why a read or a unit of work failed. A failed unit is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another row already has this name, id or version.
    #[error("the change conflicts with a row that exists; read the resource again and repeat the change")]
    Conflict(#[source] Option<sqlx::Error>),
    /// A row that this change refers to does not exist.
    #[error("the change refers to a row that does not exist; check the ids in it")]
    Missing(#[source] sqlx::Error),
    /// The owner has as many rows of this kind as a limit allows.
    #[error("there are {limit} {what} already, which is the limit; delete one that is no longer used")]
    LimitReached { what: &'static str, limit: i64 },
    #[error(
        "`database.url`: the address `{url}` names no database; use `sqlite://PATH` or `postgres://USER@HOST/NAME`"
    )]
    UnknownDatabase { url: String },
    #[error("cannot create the directory {path} for the database; create it, or set another `database.url`")]
    Directory { path: String, source: std::io::Error },
    #[error("cannot close the database file {path} to other accounts; run `chmod 600` as its owner")]
    File { path: String, source: std::io::Error },
    #[error(
        "cannot lock {path}, which keeps a second server from the database; make it writable for the server"
    )]
    Lock { path: String, source: std::io::Error },
    #[error("another server has the database {path} open; stop it, or set another `database.url` here")]
    InUse { path: String },
    #[error(
        "cannot migrate the database to the schema of this version; restore a backup, or run the version that wrote it"
    )]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("the server is stopping and writes no more; send the request again in a moment")]
    Stopped,
    #[error("the write failed and was rolled back; see the server log")]
    Undone,
    /// The disk or the quota of the database is full. Reads still work.
    #[error("the database's disk is full; the operator must free space on it")]
    Full(#[source] sqlx::Error),
    /// The database does not respond in time, or ended the connection.
    #[error("the database does not respond; send the request again in a moment")]
    Unavailable(#[source] sqlx::Error),
    /// A read took longer than its kind may.
    #[error("this takes the server longer than {} seconds; request less", .0.as_secs())]
    TooSlow(Duration),
    #[error("the database failed; see the server log")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    pub(super) fn conflict() -> Self {
        Self::Conflict(None)
    }

    pub(super) fn missing() -> Self {
        Self::Missing(sqlx::Error::RowNotFound)
    }

    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether another process held SQLite's lock until the timeout.
    pub(super) fn is_locked(&self) -> bool {
        let Self::Unavailable(sqlx::Error::Database(error)) = self else { return false };
        sqlite_code(&**error).is_some_and(|code| code & PRIMARY == BUSY)
    }

    /// Whether any other unit of work would fail now too.
    pub(super) fn affects_all(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Unavailable(_) | Self::Stopped)
    }

    /// The failure of a database that did not respond in time.
    pub(super) fn timed_out() -> Self {
        Self::Unavailable(sqlx::Error::PoolTimedOut)
    }

    /// Copies the failure for another caller of the same batch.
    pub(super) fn repeated(&self) -> Self {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        match self {
            Self::Stopped => Self::Stopped,
            Self::Undone => Self::Undone,
            Self::Full(_) => Self::Full(sqlx::Error::Protocol(text)),
            Self::Unavailable(_) => Self::Unavailable(sqlx::Error::Protocol(text)),
            _ => Self::Database(sqlx::Error::Protocol(text)),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(db) if db.is_unique_violation() => Self::Conflict(Some(error)),
            Some(db) if db.is_foreign_key_violation() => Self::Missing(error),
            Some(db) => match kind(db) {
                Kind::Retryable => Self::Conflict(Some(error)),
                Kind::Full => Self::Full(error),
                Kind::Unavailable => Self::Unavailable(error),
                Kind::Other => Self::Database(error),
            },
            None => match error {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => {
                    Self::Unavailable(error)
                }
                error => Self::Database(error),
            },
        }
    }
}

/// What a failure of the database means to the caller.
enum Kind {
    /// The transaction was rolled back for a deadlock or a serialization failure: a retry can succeed.
    Retryable,
    Full,
    Unavailable,
    Other,
}

/// SQLite's primary code is in the lower eight bits of the extended one.
const PRIMARY: i32 = 0xff;
const BUSY: i32 = 5;
const FULL: i32 = 13;
/// `SQLITE_IOERR_SHMSIZE`: there is no space for the index of the write-ahead log.
const SHM_SIZE: i32 = 4874;

fn kind(error: &dyn DatabaseError) -> Kind {
    if let Some(code) = sqlite_code(error) {
        return match code {
            SHM_SIZE => Kind::Full,
            code if code & PRIMARY == FULL => Kind::Full,
            code if code & PRIMARY == BUSY => Kind::Unavailable,
            _ => Kind::Other,
        };
    }
    match error.code().as_deref() {
        // PostgreSQL: deadlock, serialization failure.
        Some("40P01" | "40001") => Kind::Retryable,
        // Disk full.
        Some("53100") => Kind::Full,
        // Too many connections, shutdown, crash of another process, and a server that is starting.
        Some("53300" | "57P01" | "57P02" | "57P03") => Kind::Unavailable,
        // A broken connection.
        Some(code) if code.starts_with("08") => Kind::Unavailable,
        _ => Kind::Other,
    }
}

fn sqlite_code(error: &dyn DatabaseError) -> Option<i32> {
    error.try_downcast_ref::<SqliteError>()?.code()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn a_full_sqlite_database_is_full_and_a_locked_one_unavailable() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("a.db").display());
        let mut first = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("create table t (x blob)").execute(&mut first).await.unwrap();
        sqlx::query("pragma max_page_count = 4").execute(&mut first).await.unwrap();
        let error = sqlx::query("insert into t values (zeroblob(100000))").execute(&mut first).await;
        let error = StoreError::from(error.unwrap_err());
        assert!(error.is_full() && error.repeated().is_full(), "{error:?}");
        let mut second = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("pragma busy_timeout = 0").execute(&mut second).await.unwrap();
        sqlx::query("begin immediate").execute(&mut first).await.unwrap();
        let error = sqlx::query("begin immediate").execute(&mut second).await;
        let error = StoreError::from(error.unwrap_err());
        assert!(error.is_locked() && matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
}
