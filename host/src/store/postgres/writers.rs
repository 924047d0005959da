//! Group commit for PostgreSQL: a few tasks write the changes of concurrent requests in shared transactions.
//!
//! Units of work that arrive while a commit is under way share the next one, with one statement per table. The units of
//! a channel all go to the same task, because they change the same counters, and two transactions would wait for each
//! other's rows. A unit that fails its batch is found by halving the batch, so that the others are written.
//!
//! Only changes that need no read are merged. The others run as transactions of their own.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};

use crate::model::Changes;
use crate::shutdown::Tasks;
use crate::store::{MAX_BATCH, StoreError, Tx, changes};

/// Most writing tasks. Each uses one connection of the pool while it writes.
const MAX_WRITERS: usize = 4;

/// Connections of the pool per writing task: most connections are left to reads and other units of work.
const CONNECTIONS_PER_WRITER: usize = 2;

/// Units of work that may wait for one task. Past it, callers wait for a place in the queue.
const QUEUE: usize = 1024;

/// A handle to the writing tasks.
#[derive(Clone)]
pub(in crate::store) struct Writers(Arc<[mpsc::Sender<Unit>]>);

/// A unit of work, and where its result is reported after the commit.
struct Unit {
    changes: Box<Changes>,
    result: oneshot::Sender<Result<(), StoreError>>,
}

impl Writers {
    /// Starts the tasks; they end when the last handle is dropped, after writing what is queued.
    pub(in crate::store) fn start(pool: &PgPool, connections: u32, tasks: &Tasks) -> Self {
        let connections = usize::try_from(connections).unwrap_or(usize::MAX);
        let writers = (connections / CONNECTIONS_PER_WRITER).clamp(1, MAX_WRITERS);
        let start = |_| {
            let (units, queue) = mpsc::channel(QUEUE);
            tasks.spawn(run(pool.clone(), queue));
            units
        };
        Self((0..writers).map(start).collect())
    }

    /// Whether a unit of work can share a transaction. Values, edits, reactions and deletions lock rows in an order of
    /// their own, so two batches of them could wait for each other.
    pub(in crate::store) fn merges(changes: &Changes) -> bool {
        changes.values.is_empty() && !changes::has_steps(changes)
    }

    pub(in crate::store) async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let (result, written) = oneshot::channel();
        let writer = &self.0[writer_of(&changes, self.0.len())];
        let unit = Unit { changes: Box::new(changes), result };
        writer.send(unit).await.map_err(|_| StoreError::Stopped)?;
        written.await.map_err(|_| StoreError::Undone)?
    }
}

/// Returns the number of the task that writes a unit of work: that of its channel, or any for one without posts.
fn writer_of(changes: &Changes, writers: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    let channels = changes.posts.iter().map(|post| &post.channel_id);
    channels.chain(changes.mentions.iter().map(|mention| &mention.channel_id)).min().hash(&mut hasher);
    usize::try_from(hasher.finish() % writers as u64).unwrap_or(0)
}

async fn run(pool: PgPool, mut queue: mpsc::Receiver<Unit>) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, MAX_BATCH).await > 0 {
        write_batch(&pool, std::mem::take(&mut batch)).await;
    }
}

/// Writes the units in one transaction, or in smaller ones if one of them fails, and reports to each caller.
async fn write_batch(pool: &PgPool, batch: Vec<Unit>) {
    let mut pending = vec![batch];
    while let Some(mut units) = pending.pop() {
        let all: Vec<&Changes> = units.iter().map(|unit| &*unit.changes).collect();
        match write(pool, &all).await {
            Ok(()) => units.into_iter().for_each(|unit| unit.report(Ok(()))),
            Err(error) if units.len() > 1 && !error.affects_all() => {
                let second = units.split_off(units.len() / 2);
                // Popped in the order in which they came.
                pending.extend([second, units]);
            }
            Err(error) => {
                for unit in units.drain(1..) {
                    unit.report(Err(error.repeated()));
                }
                if let Some(first) = units.pop() {
                    first.report(Err(error));
                }
            }
        }
    }
}

/// Writes the units in one transaction. Returns after its commit.
async fn write(pool: &PgPool, all: &[&Changes]) -> Result<(), StoreError> {
    let mut tx = Tx::begin(pool).await?;
    changes::apply_rows(&mut tx, all).await?;
    tx.commit().await
}

impl Unit {
    /// The caller may have gone away by then; its unit of work stays committed.
    fn report(self, result: Result<(), StoreError>) {
        drop(self.result.send(result));
    }
}
