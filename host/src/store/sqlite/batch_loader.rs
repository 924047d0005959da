//! Merges concurrent requests for the same kind of row into one read, and caches the result.
//!
//! Keys requested while a read is under way are loaded together by the next one. A burst therefore costs few
//! statements, and no caller gets data older than its request. On SQLite, rows stay cached until this process writes
//! something that may change them ([`Generation`]). Writes of another process, such as `jackfield admin`, become
//! visible within [`MAX_AGE`]. On PostgreSQL nothing is cached, because other nodes write there.
//!
//! Figure: webhooks relative to the group-committing writer (`cargo xtask bench ingest`), 0.28 when each request read
//! its hook and its channel's members itself, 0.54 with this and [`Batch`](super::Batch).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use super::Generation;
use crate::shutdown::Tasks;
use crate::store::{Db, StoreError};

/// Most requests that one read serves.
const MAX_BATCH: usize = 256;

/// Requests that may wait. Past it, callers wait for a place in the queue.
const QUEUE: usize = 4096;

/// The longest time a row stays cached.
const MAX_AGE: Duration = Duration::from_secs(1);

/// The largest weight of the cache, by [`Load::weight`]. Past it, the cache is cleared. A value that is heavier by itself
/// is not kept.
const MAX_WEIGHT: usize = 3 * 1024 * 1024;

/// A value that can be read for many keys at once.
pub(in crate::store) trait Load: Send + Sync + Sized + 'static {
    type Key: Eq + Hash + Clone + Send + 'static;

    /// Whether values may be cached. New posts, and the rows written with them, must not change a cached one.
    const CACHED: bool;

    /// About how many bytes a cached value takes.
    fn weight(&self) -> usize {
        size_of::<Self>()
    }

    /// Loads the values that exist for these keys. Each key is given once.
    fn load(
        db: &Db,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self>, StoreError>> + Send;
}

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
    let mut expiry = tokio::time::interval(MAX_AGE);
    // Ticks missed while the cache was empty are skipped.
    expiry.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            count = queue.recv_many(&mut batch, MAX_BATCH) => if count == 0 { return },
            _ = expiry.tick(), if !cache.is_empty() => cache.clear(),
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
            cache.add(generation, values);
        }
        Err(error) => {
            for (_, reply) in batch.drain(..) {
                drop(reply.send(Err(error.repeated())));
            }
        }
    }
}

/// The values read since the last write that may have changed them.
struct Cache<T: Load> {
    /// `None` if nothing can be cached: new posts change the values, or other nodes write too.
    generation: Option<Generation>,
    entries: Arc<Mutex<Entries<T>>>,
}

struct Entries<T: Load> {
    /// The generation in which the values were read.
    generation: u64,
    weight: usize,
    values: HashMap<T::Key, Arc<T>>,
}

impl<T: Load> Cache<T> {
    fn of(db: &Db) -> Self {
        let generation = match db {
            Db::Sqlite { write, .. } if T::CACHED => Some(write.generation()),
            Db::Sqlite { .. } | Db::Postgres { .. } => None,
        };
        let entries = Entries { generation: 0, weight: 0, values: HashMap::new() };
        Self { generation, entries: Arc::new(Mutex::new(entries)) }
    }

    fn generation(&self) -> Option<u64> {
        self.generation.as_ref().map(Generation::current)
    }

    fn entries(&self) -> MutexGuard<'_, Entries<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, key: &T::Key) -> Option<Arc<T>> {
        let generation = self.generation()?;
        let entries = self.entries();
        if entries.generation == generation { entries.values.get(key).cloned() } else { None }
    }

    /// `generation` is the one from before the read.
    fn add(&self, generation: Option<u64>, values: HashMap<T::Key, Arc<T>>) {
        let Some(generation) = generation else { return };
        let weight: usize = values.values().map(|value| value.weight()).sum();
        let mut entries = self.entries();
        if entries.generation != generation || entries.weight + weight > MAX_WEIGHT {
            *entries = Entries { generation, weight: 0, values: HashMap::new() };
        }
        if weight <= MAX_WEIGHT {
            entries.weight += weight;
            entries.values.extend(values);
        }
    }

    fn is_empty(&self) -> bool {
        self.entries().values.is_empty()
    }

    fn clear(&self) {
        let mut entries = self.entries();
        entries.weight = 0;
        entries.values.clear();
    }
}

impl<T: Load> Clone for Cache<T> {
    fn clone(&self) -> Self {
        Self { generation: self.generation.clone(), entries: Arc::clone(&self.entries) }
    }
}
