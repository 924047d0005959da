//! Errors of the store. Conflicts are distinguished by kind, not by constraint name, because SQLite reports none.

/// Why a read or a unit of work failed. A failed unit is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another row already has this name, id or version.
    #[error("the change conflicts with a row that exists")]
    Conflict(#[source] Option<sqlx::Error>),
    /// A row that this change refers to does not exist.
    #[error("the change refers to a row that does not exist")]
    Missing(#[source] sqlx::Error),
    #[error(
        "the address `{url}` names no database this server knows: use `sqlite://PATH` or `postgres://USER@HOST/NAME`"
    )]
    UnknownDatabase { url: String },
    #[error("cannot create the directory {path} for the database")]
    Directory { path: String, source: std::io::Error },
    #[error("cannot bring the database to this version's schema")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("the database cannot be written: the server is stopping")]
    Stopped,
    #[error("the write failed and was rolled back; see the server log")]
    Undone,
    #[error("the database failed")]
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

    /// Whether another process held SQLite's lock until the timeout.
    pub(super) fn is_locked(&self) -> bool {
        /// `SQLITE_BUSY`, in the lower eight bits of the extended code.
        const BUSY: i32 = 5;
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == BUSY)
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
            _ => Self::Database(sqlx::Error::Protocol(text)),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(db) if db.is_unique_violation() => Self::Conflict(Some(error)),
            // PostgreSQL rolled the transaction back for a deadlock or a serialization failure: a retry can succeed.
            Some(db) if matches!(db.code().as_deref(), Some("40P01" | "40001")) => {
                Self::Conflict(Some(error))
            }
            Some(db) if db.is_foreign_key_violation() => Self::Missing(error),
            _ => Self::Database(error),
        }
    }
}
