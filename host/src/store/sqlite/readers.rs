//! The connections for reads.
//!
//! A server's pool checks before and after each use whether a connection still works. Connections to a file live as
//! long as the process, so these checks are left out. Figure: each read saves two round trips to a connection's thread
//! (`cargo xtask bench posting`), as many as a read by id costs itself.

use std::ops::{Deref, DerefMut};
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
    idle: Mutex<Vec<SqliteConnection>>,
    timeout: Duration,
}

/// A connection that belongs to one caller until it is dropped. A cancelled read is harmless: the connection drops the
/// remaining rows before its next statement.
pub(in crate::store) struct Reader {
    connection: Option<SqliteConnection>,
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
            idle.push(options.connect().await?);
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
        Ok(Reader { connection, readers: self.clone(), _permit: permit })
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
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
