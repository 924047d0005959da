//! Opens either database, and migrates it to this version's schema.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgPool};

use super::generation::Generation;
use super::jobs::Wake;
use super::loaders::Loaders;
use super::postgres::{Listener, Node, Writers};
use super::sqlite::{Readers, Writer};
use super::{Caching, Db, Store, StoreError};
use crate::disk;
use crate::shutdown::Tasks;

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long a reader waits for SQLite's lock, e.g. while another process migrates.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request waits for a free connection, or for a database that does not respond. After that it fails with
/// [`StoreError::Unavailable`].
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection to PostgreSQL may have been idle without a check before its next use.
const UNCHECKED: Duration = Duration::from_secs(1);

/// Free bytes of SQLite's disk below which a health check reports a full disk. Writes go on until they fail.
const MIN_FREE: u64 = 16 * 1024 * 1024;

/// How long a health check waits for the database.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Statements that SQLite's writing connection keeps prepared: batches come in many sizes.
const PREPARED: usize = 256;

/// Rows that SQLite's thread reads ahead of the request that takes them. Rows may be large, and a list's room holds
/// only those that it takes.
const ROWS_AHEAD: usize = 16;

impl Store {
    /// Opens the database at `url` and applies missing migrations.
    pub async fn open(url: &str, connections: u32, tasks: &Tasks) -> Result<Self, StoreError> {
        Self::open_with(url, connections, tasks, None).await
    }

    /// Like [`Store::open`], for a server. Refuses an SQLite database that another server has open. Tools such as
    /// `jackfield admin` may use it meanwhile. On PostgreSQL, rows are cached as long as notifications of other nodes arrive.
    pub async fn open_as_server(url: &str, connections: u32, tasks: &Tasks) -> Result<Self, StoreError> {
        let lock = sqlite_path(url).map(|path| prepare_file(path).and_then(|()| lock(path))).transpose()?;
        let store = Self::open_with(url, connections, tasks, lock).await?;
        if let Db::Postgres(node) = &store.db {
            let listener = Listener::new(node.generation.clone(), store.wake.clone());
            tasks.spawn(listener.run(node.pool.clone(), tasks.clone()));
        }
        Ok(store)
    }

    async fn open_with(
        url: &str,
        connections: u32,
        tasks: &Tasks,
        lock: Option<File>,
    ) -> Result<Self, StoreError> {
        let db = if let Some(path) = sqlite_path(url) {
            prepare_file(path)?;
            open_sqlite(path, connections, tasks, lock).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url, connections, tasks).await?
        } else {
            return Err(StoreError::UnknownDatabase { url: without_password(url) });
        };
        Ok(Self {
            load: Arc::new(Loaders::start(&db, tasks)),
            db,
            wake: Wake::default(),
            file: sqlite_path(url).map(Arc::from),
            audit: None,
            quotas: [].into(),
            caching: Caching::Changed,
        })
    }

    /// Checks within [`PING_TIMEOUT`] that the database can be read, that it takes a transaction, and that SQLite's
    /// disk has space.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let check = async {
            let _: i32 = read!(self.db, conn => sqlx::query_scalar("select 1").fetch_one(conn).await)?;
            if self
                .file
                .as_deref()
                .is_some_and(|file| disk::free_bytes(file).is_ok_and(|free| free < MIN_FREE))
            {
                return Err(StoreError::Full(sqlx::Error::Io(io::ErrorKind::StorageFull.into())));
            }
            self.beside_cache().write(|_| Box::pin(async { Ok(()) })).await
        };
        tokio::time::timeout(PING_TIMEOUT, check).await.map_err(|_| StoreError::timed_out())?
    }
}

fn sqlite_path(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite://").map(Path::new)
}

/// Creates the database's file, or tightens an existing one and its log: they hold messages and password hashes. SQLite
/// gives the log the mode of the database.
fn prepare_file(path: &Path) -> Result<(), StoreError> {
    if let Some(parent) = path.parent() {
        disk::create_directory(parent)
            .map_err(|source| StoreError::Directory { path: parent.display().to_string(), source })?;
    }
    let failed = |source| StoreError::File { path: path.display().to_string(), source };
    match disk::create_file(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    for path in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        match disk::tighten(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Locks a file beside the database, for as long as the returned file is open. The database file itself is left alone:
/// closing a second handle to it would drop SQLite's own locks.
fn lock(path: &Path) -> Result<File, StoreError> {
    let failed = |source| StoreError::Lock { path: beside(path, ".lock").display().to_string(), source };
    // Of two names of one database, both lead to the same lock.
    let path = path.canonicalize().map_err(failed)?;
    let file = disk::open_file(&beside(&path, ".lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

async fn open_sqlite(
    path: &Path,
    connections: u32,
    tasks: &Tasks,
    lock: Option<File>,
) -> Result<Db, StoreError> {
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
    let options = options.read_only(true).create_if_missing(false).row_buffer_size(ROWS_AHEAD);
    let read = Readers::open(&options, connections, ACQUIRE_TIMEOUT).await?;
    Ok(Db::Sqlite { read, write: Writer::start(writing, tasks, lock) })
}

async fn open_postgres(url: &str, connections: u32, tasks: &Tasks) -> Result<Db, StoreError> {
    let options: PgConnectOptions = url.parse()?;
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A check costs a round trip, so only connections that were idle for a while are checked.
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > UNCHECKED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    POSTGRES.run(&pool).await.map_err(StoreError::Migrate)?;
    let write = Writers::start(&pool, connections, tasks);
    Ok(Db::Postgres(Node { pool, write, generation: Generation::of_many_writers() }))
}

/// Removes the part before `@` from an address, because it may contain a password.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    }
}
