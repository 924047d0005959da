//! The connections for reads.
//!
//! A server's pool checks before and after each use whether a connection still works. Connections to a file live as
//! long as the process, so these checks are left out. Figure: each read saves two round trips to a connection's thread
//! (`cargo xtask bench posting`), as many as a read by id costs itself.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::StoreError;

/// A fixed number of connections. Cheap to clone.
#[derive(Clone)]
pub(in crate::store) struct Readers(Arc<Inner>);

struct Inner {
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Interruptible>>,
    timeout: Duration,
}

/// A connection whose running statement can be ended.
struct Interruptible {
    connection: SqliteConnection,
    /// While this is set, SQLite ends each statement within [`CHECKED`] steps of its program.
    interrupted: Arc<AtomicBool>,
}

/// How often SQLite asks whether a statement is interrupted, in steps of its program: about every millisecond.
const CHECKED: i32 = 100_000;

/// A connection that belongs to one caller until it is dropped. A cancelled read is harmless: the connection drops the
/// remaining rows before its next statement.
pub(in crate::store) struct Reader {
    connection: Option<Interruptible>,
    readers: Readers,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// Opens `count` connections. A caller waits at most `timeout` for a free one.
    pub(in crate::store) async fn open(
        options: &SqliteConnectOptions,
        count: u32,
        timeout: Duration,
    ) -> Result<Self, StoreError> {
        let mut idle = Vec::new();
        for _ in 0..count {
            idle.push(Interruptible::new(options.connect().await?).await?);
        }
        let free = Arc::new(Semaphore::new(idle.len()));
        Ok(Self(Arc::new(Inner { free, idle: Mutex::new(idle), timeout })))
    }

    pub(in crate::store) async fn get(&self) -> Result<Reader, StoreError> {
        let permit = tokio::time::timeout(self.0.timeout, self.0.free.clone().acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.0.idle().pop();
        let mut reader = Reader { connection, readers: self.clone(), _permit: permit };
        if reader.inner().interrupted.load(Ordering::Relaxed) {
            reader.settle().await?;
        }
        Ok(reader)
    }
}

impl Interruptible {
    async fn new(mut connection: SqliteConnection) -> Result<Self, StoreError> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = interrupted.clone();
        connection.lock_handle().await?.set_progress_handler(CHECKED, move || !flag.load(Ordering::Relaxed));
        Ok(Self { connection, interrupted })
    }
}

/// Interrupts the running statement when it is dropped.
struct Interrupt(Option<Arc<AtomicBool>>);

impl Drop for Interrupt {
    fn drop(&mut self) {
        if let Some(interrupted) = &self.0 {
            interrupted.store(true, Ordering::Relaxed);
        }
    }
}

impl Reader {
    /// Reads within a time. After it, or if the caller is cancelled, SQLite ends the statement.
    pub(in crate::store) async fn within<T>(
        &mut self,
        time: Duration,
        read: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let mut interrupt = Interrupt(Some(self.inner().interrupted.clone()));
        if let Ok(result) = tokio::time::timeout(time, read(&mut *self)).await {
            interrupt.0 = None;
            return Ok(result?);
        }
        drop(interrupt);
        self.settle().await?;
        Err(StoreError::TooSlow(time))
    }

    /// Waits until an interrupted statement has ended, and lets the connection run further ones.
    async fn settle(&mut self) -> Result<(), StoreError> {
        drop(self.lock_handle().await?);
        self.inner().interrupted.store(false, Ordering::Relaxed);
        Ok(())
    }

    #[expect(clippy::expect_used, reason = "there are as many permits as connections")]
    fn inner(&self) -> &Interruptible {
        self.connection.as_ref().expect("a permit is a connection")
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Vec<Interruptible>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.readers.0.idle().extend(self.connection.take());
    }
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.inner().connection
    }
}

impl DerefMut for Reader {
    #[expect(clippy::expect_used, reason = "there are as many permits as connections")]
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection.as_mut().expect("a permit is a connection").connection
    }
}
