//! Group commit: one task owns the only writing connection.
//!
//! Units of work that arrive while a sync is under way share the next transaction, and return after its commit. Under
//! load one sync pays for many writers, and a writer that arrives alone commits at once. Figure: 4.4 times as many
//! webhooks as with a synced insert per request (`cargo xtask bench ingest`).
//!
//! The changes of a batch are written with few statements. Only if that fails, each unit is written inside its own
//! savepoint, so that only the failing one is undone. Other units of work are closures, each inside a savepoint.
//! Failures are reported after the commit too, so that a retry sees the row it conflicted with.

use std::fs::File;
use std::pin::Pin;

use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::Batch;
use crate::model::Changes;
use crate::shutdown::Tasks;
use crate::store::generation::Generation;
use crate::store::{Caching, Connection, StoreError, Tx, Work, changes};

/// Most units of work that share one transaction. Further ones wait for the next.
pub const MAX_BATCH: usize = 256;

/// Units of work that may wait. Past it, callers wait for a place in the queue.
const QUEUE: usize = 4096;

/// A handle to the writing task.
#[derive(Clone)]
pub(in crate::store) struct Writer {
    units: mpsc::Sender<Unit>,
    generation: Generation,
}

/// A unit of work.
enum Unit {
    /// The writes of most requests, as data: those of a batch are merged.
    Changes(Box<Changes>, Settle),
    Closure(Closure, Caching),
}

type Closure = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Running<'t> + Send>;

type Running<'t> = Pin<Box<dyn Future<Output = Outcome> + Send + 't>>;

/// The result of a unit of work, with the function that reports it once the batch has committed or failed.
enum Outcome {
    Written(Settle),
    Refused(Refuse),
}

/// Reports success to the caller, or the error of the commit.
type Settle = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// Reports to the caller why its unit of work failed.
type Refuse = Box<dyn FnOnce() + Send>;

/// The callers that get their result after the commit.
#[derive(Default)]
struct Callers {
    written: Vec<Settle>,
    refused: Vec<Refuse>,
}

impl Writer {
    /// Starts the task; it ends when the last handle is dropped, after writing what is queued. A server's `lock` keeps
    /// other servers from the database until then.
    pub(in crate::store) fn start(connection: SqliteConnection, tasks: &Tasks, lock: Option<File>) -> Self {
        let (units, queue) = mpsc::channel(QUEUE);
        let generation = Generation::of_one_writer();
        let writing = run(Tx::new(Connection::Sqlite(connection)), queue, generation.clone());
        tasks.spawn(async move {
            writing.await;
            drop(lock);
        });
        Self { units, generation }
    }

    pub(in crate::store) fn generation(&self) -> &Generation {
        &self.generation
    }

    pub(in crate::store) async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let unit = Unit::Changes(Box::new(changes), settle_with(answer, ()));
        self.units.send(unit).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Undone)?
    }

    pub(in crate::store) async fn run<T, F>(&self, work: F, caching: Caching) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let closure: Closure = Box::new(move |tx| {
            Box::pin(async move {
                match work(tx).await {
                    Ok(value) => Outcome::Written(settle_with(answer, value)),
                    Err(error) => Outcome::Refused(Box::new(move || drop(answer.send(Err(error))))),
                }
            })
        });
        self.units.send(Unit::Closure(closure, caching)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Undone)?
    }
}

/// The caller may have gone away by then; its unit of work stays committed.
fn settle_with<T: Send + 'static>(answer: oneshot::Sender<Result<T, StoreError>>, value: T) -> Settle {
    Box::new(move |failed| drop(answer.send(failed.map_or(Ok(value), Err))))
}

async fn run(mut tx: Tx, mut units: mpsc::Receiver<Unit>, generation: Generation) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while units.recv_many(&mut batch, MAX_BATCH).await > 0 {
        // If a batch fails as a whole, its callers' channels are dropped: they read `Undone`, and the log has the
        // reason.
        if let Err(error) = write_batch(&mut tx, &mut batch, &generation).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a batch of writes failed and was rolled back"
            );
            batch.clear();
            drop(execute(&mut tx, "rollback").await);
        }
    }
    if let Connection::Sqlite(connection) = tx.connection
        && let Err(error) = connection.close().await
    {
        tracing::warn!(%error, "the database file was not closed cleanly; it recovers at the next start");
    }
}

/// Runs the units of work in one transaction, commits it, and reports to each caller.
async fn write_batch(tx: &mut Tx, batch: &mut Vec<Unit>, generation: &Generation) -> Result<(), StoreError> {
    let (mut changes, mut closures) = (Vec::new(), Vec::new());
    let mut is_cache_stale = false;
    for unit in batch.drain(..) {
        match unit {
            Unit::Changes(unit, settle) => changes.push((unit, settle)),
            Unit::Closure(closure, caching) => {
                is_cache_stale |= caching == Caching::Changed;
                closures.push(closure);
            }
        }
    }
    let mut callers = Callers::default();
    let has_closures = !closures.is_empty();
    if has_closures {
        execute(tx, "begin immediate").await?;
        let alone = closures.len() + changes.len() == 1;
        for closure in closures {
            run_closure(tx, closure, alone, &mut callers).await?;
        }
    }
    let mut is_open = has_closures;
    if !changes.is_empty() {
        is_open = write_changes(tx, changes, is_open, &mut callers).await?;
    }
    let ended = match (is_open, callers.written.is_empty()) {
        (false, _) => Ok(()),
        (true, false) => execute(tx, "commit").await,
        (true, true) => execute(tx, "rollback").await,
    };
    if is_cache_stale {
        // Before any report, so that no caller that has its result reads stale cached rows.
        generation.advance();
    }
    if let Err(error) = &ended {
        tracing::error!(
            error = error as &dyn std::error::Error,
            units = callers.written.len(),
            "a commit failed"
        );
        drop(execute(tx, "rollback").await);
    }
    for settle in callers.written {
        settle(ended.as_ref().err().map(StoreError::repeated));
    }
    callers.refused.into_iter().for_each(|refuse| refuse());
    Ok(())
}

/// Runs one closure, inside a savepoint unless it is alone: then rolling back the transaction undoes it.
async fn run_closure(
    tx: &mut Tx,
    closure: Closure,
    alone: bool,
    callers: &mut Callers,
) -> Result<(), StoreError> {
    if !alone {
        execute(tx, "savepoint unit").await?;
    }
    let outcome = closure(tx).await;
    if !alone {
        end_savepoint(tx, matches!(outcome, Outcome::Written(_))).await?;
    }
    match outcome {
        Outcome::Written(settle) => callers.written.push(settle),
        Outcome::Refused(refuse) => callers.refused.push(refuse),
    }
    Ok(())
}

/// Writes the changes of a batch as one; if that fails, one by one, so that only the failing ones are refused.
/// `is_open` says whether the transaction has begun. Returns whether it still has to be committed.
async fn write_changes(
    tx: &mut Tx,
    batch: Vec<(Box<Changes>, Settle)>,
    is_open: bool,
    callers: &mut Callers,
) -> Result<bool, StoreError> {
    let all: Vec<&Changes> = batch.iter().map(|(changes, _)| &**changes).collect();
    match write_merged(tx, &all, is_open).await {
        Ok(is_open) => {
            callers.written.extend(batch.into_iter().map(|(_, settle)| settle));
            return Ok(is_open);
        }
        // A second attempt would wait just as long for the other process's lock, or find the disk as full.
        Err(error) if !is_open && (error.is_locked() || error.is_full()) => {
            // SQLite may have rolled back by itself.
            drop(execute(tx, "rollback").await);
            for (_, settle) in batch {
                let error = error.repeated();
                callers.refused.push(Box::new(move || settle(Some(error))));
            }
            return Ok(false);
        }
        Err(error) if error.is_locked() || error.is_full() => return Err(error),
        Err(_) if is_open => end_savepoint(tx, false).await?,
        Err(_) => {
            // Fails if not even `begin` ran.
            drop(execute(tx, "rollback").await);
            execute(tx, "begin immediate").await?;
        }
    }
    for (changes, settle) in batch {
        execute(tx, "savepoint unit").await?;
        let written = changes::apply(tx, &changes).await;
        end_savepoint(tx, written.is_ok()).await?;
        match written {
            Ok(()) => callers.written.push(settle),
            Err(error) => callers.refused.push(Box::new(move || settle(Some(error)))),
        }
    }
    Ok(true)
}

/// Sends all changes as one text, from `begin` to `commit` if nothing remains to check or to do between the two. A
/// batch that comes first in its transaction needs no savepoint: a rollback undoes it, and SQLite need not keep a copy
/// of every page. Returns whether the transaction is still open.
async fn write_merged(tx: &mut Tx, all: &[&Changes], is_open: bool) -> Result<bool, StoreError> {
    let mut batch = Batch::of(tx);
    batch.control(if is_open { "savepoint unit" } else { "begin immediate" });
    changes::push(&mut batch, all).await?;
    let ends = !is_open && batch.is_unchecked() && !all.iter().any(|changes| changes::has_steps(changes));
    if ends {
        batch.control("commit");
    }
    batch.run().await?;
    for changes in all {
        changes::apply_steps(tx, changes).await?;
    }
    if is_open {
        end_savepoint(tx, true).await?;
    }
    Ok(!ends)
}

/// Ends a savepoint, and keeps or undoes the changes made in it.
async fn end_savepoint(tx: &mut Tx, keep: bool) -> Result<(), StoreError> {
    if !keep {
        execute(tx, "rollback to unit").await?;
    }
    execute(tx, "release unit").await
}

async fn execute(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    run!(tx, sql, []).await?;
    Ok(())
}
