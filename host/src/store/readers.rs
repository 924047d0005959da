//! The connections that read SQLite. A pool for a server must ask each connection whether it still lives, before it
//! is used and after; a file's connections live as long as the process, and asking would cost more than most reads.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::StoreError;

/// A fixed number of connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Readers(Arc<Inner>);

struct Inner {
    free: Arc<Semaphore>,
    idle: Mutex<Vec<SqliteConnection>>,
    patience: Duration,
}

/// A connection that is nobody else's until it is dropped. A read that is given up half way leaves nothing behind:
/// the connection drops its rest before the next one.
pub(super) struct Reader {
    connection: Option<SqliteConnection>,
    readers: Readers,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// Opens `count` connections; whoever asks for one waits at most `patience`.
    pub(super) async fn open(
        options: &SqliteConnectOptions,
        count: u32,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let mut idle = Vec::new();
        for _ in 0..count {
            idle.push(options.connect().await?);
        }
        let free = Arc::new(Semaphore::new(idle.len()));
        Ok(Self(Arc::new(Inner { free, idle: Mutex::new(idle), patience })))
    }

    pub(super) async fn get(&self) -> Result<Reader, StoreError> {
        let waiting = self.0.free.clone().acquire_owned();
        let permit = tokio::time::timeout(self.0.patience, waiting)
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.0.idle().pop();
        Ok(Reader { connection, readers: self.clone(), _permit: permit })
    }
}

impl Inner {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
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

    #[expect(clippy::expect_used, reason = "there are as many permits as connections")]
    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("a permit is a connection")
    }
}

impl DerefMut for Reader {
    #[expect(clippy::expect_used, reason = "there are as many permits as connections")]
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("a permit is a connection")
    }
}
