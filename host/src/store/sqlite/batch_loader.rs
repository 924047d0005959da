//! Merges concurrent requests for the same kind of row into one read, and caches the result.
//!
//! Keys requested while a read is under way are loaded together by the next one. A burst therefore costs few
//! statements, and no caller gets data older than its request. Rows stay cached until a write may have changed them
//! ([`Cache`]). On SQLite, writes of another process such as `jackfield admin` become visible within [`MAX_AGE`].
//! On PostgreSQL other processes notify this one, and rows are cached only while their notifications arrive.
//!
//! Figure: webhooks relative to the group-committing writer (`cargo xtask bench ingest`), 0.28 when each request read
//! its hook and its channel's members itself, 0.54 with this and [`Batch`](super::Batch).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::shutdown::Tasks;
use crate::store::cache::{Cache, Load};
use crate::store::{Db, StoreError};

/// Most requests that one read serves.
const MAX_BATCH: usize = 256;

/// Requests that may wait. Past it, callers wait for a place in the queue.
const QUEUE: usize = 4096;

/// The longest time a row stays cached on SQLite, whose other writers do not notify this process.
const MAX_AGE: Duration = Duration::from_secs(1);

/// A handle to the task that loads `T`s. Cheap to clone.
pub(in crate::store) struct BatchLoader<T: Load> {
    requests: mpsc::Sender<Request<T>>,
    cache: Cache<T>,
}

type Request<T> = (<T as Load>::Key, oneshot::Sender<Result<Option<Arc<T>>, StoreError>>);

impl<T: Load> BatchLoader<T> {
    /// Starts the task; it ends when the last handle is dropped.
    pub(in crate::store) fn start(db: Db, tasks: &Tasks) -> Self {
        let (requests, queue) = mpsc::channel(QUEUE);
        let cache = Cache::of(&db);
        tasks.spawn(run(db, queue, cache.clone()));
        Self { requests, cache }
    }

    pub(in crate::store) async fn get(&self, key: &T::Key) -> Result<Option<Arc<T>>, StoreError> {
        if let Some(value) = self.cache.get(key) {
            return Ok(Some(value));
        }
        let (reply, loaded) = oneshot::channel();
        self.requests.send((key.clone(), reply)).await.map_err(|_| StoreError::Stopped)?;
        loaded.await.map_err(|_| StoreError::Stopped)?
    }
}

impl<T: Load> Clone for BatchLoader<T> {
    fn clone(&self) -> Self {
        Self { requests: self.requests.clone(), cache: self.cache.clone() }
    }
}

async fn run<T: Load>(db: Db, mut queue: mpsc::Receiver<Request<T>>, cache: Cache<T>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    let expires = matches!(db, Db::Sqlite { .. });
    let mut expiry = tokio::time::interval(MAX_AGE);
    // Ticks missed while the cache was empty are skipped.
    expiry.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            count = queue.recv_many(&mut batch, MAX_BATCH) => if count == 0 { return },
            _ = expiry.tick(), if expires && !cache.is_empty() => cache.clear(),
        }
        if !batch.is_empty() {
            load_batch(&db, &mut batch, &cache).await;
        }
    }
}

async fn load_batch<T: Load>(db: &Db, batch: &mut Vec<Request<T>>, cache: &Cache<T>) {
    let mut keys: Vec<T::Key> = Vec::new();
    for (key, _) in &*batch {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let generation = cache.generation();
    // A caller may have gone away before its result arrives.
    match T::load(db, &keys).await {
        Ok(values) => {
            let values: HashMap<T::Key, Arc<T>> =
                values.into_iter().map(|(key, value)| (key, Arc::new(value))).collect();
            for (key, reply) in batch.drain(..) {
                drop(reply.send(Ok(values.get(&key).cloned())));
            }
            for (key, value) in values {
                cache.insert(generation, key, value);
            }
        }
        Err(error) => {
            for (_, reply) in batch.drain(..) {
                drop(reply.send(Err(error.repeated())));
            }
        }
    }
}
