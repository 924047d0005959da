//! Opens either database, and migrates it to this version's schema.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool};

use super::jobs::Wake;
use super::sqlite::{BatchLoader, Readers, Writer};
use super::{Db, Store, StoreError};
use crate::shutdown::Tasks;

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long a reader waits for SQLite's lock, e.g. while another process migrates.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Statements that SQLite's writing connection keeps prepared: batches come in many sizes.
const PREPARED: usize = 256;

impl Store {
    /// Opens the database at `url` and applies missing migrations.
    pub async fn open(url: &str, connections: u32, tasks: &Tasks) -> Result<Self, StoreError> {
        let db = if let Some(path) = url.strip_prefix("sqlite://") {
            open_sqlite(Path::new(path), connections, tasks).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url, connections).await?
        } else {
            return Err(StoreError::UnknownDatabase { url: without_password(url) });
        };
        Ok(Self {
            hook_targets: BatchLoader::start(db.clone(), tasks),
            audiences: BatchLoader::start(db.clone(), tasks),
            db,
            wake: Wake::default(),
            note: None,
        })
    }

    /// Checks that the database can be read and written.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _: i32 = read!(self.db, conn => sqlx::query_scalar("select 1").fetch_one(conn).await)?;
        self.write(|_| Box::pin(async { Ok(()) })).await
    }
}

async fn open_sqlite(path: &Path, connections: u32, tasks: &Tasks) -> Result<Db, StoreError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|source| StoreError::Directory { path: parent.display().to_string(), source })?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let mut writing = options.clone().statement_cache_capacity(PREPARED).connect().await?;
    // Not `run`: with a borrowed connection, its future would not be `Send`, nor would `serve`.
    SQLITE.run_direct(None, &mut writing, false).await.map_err(StoreError::Migrate)?;
    let options = options.read_only(true).create_if_missing(false);
    let read = Readers::open(&options, connections, ACQUIRE_TIMEOUT).await?;
    Ok(Db::Sqlite { read, write: Writer::start(writing, tasks) })
}

async fn open_postgres(url: &str, connections: u32) -> Result<Db, StoreError> {
    let options: PgConnectOptions = url.parse()?;
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    POSTGRES.run(&pool).await.map_err(StoreError::Migrate)?;
    Ok(Db::Postgres(pool))
}

/// Removes the part before `@` from an address, because it may contain a password.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    }
}
