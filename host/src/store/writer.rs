//! Group commit for SQLite: one task owns the only writing connection.
//!
//! What arrives while a sync is under way goes into the next transaction together, and answers are given after the
//! commit: under load one sync pays for many writers, and a writer that arrives alone commits at once. The changes of
//! a batch are written as one, with few statements; if that fails, and for every other unit of work, each gets a
//! savepoint of its own, so that a failing one is undone alone. It is told so after the commit as well: whoever lost
//! to another unit of the batch, and tries again, must find what that one wrote.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, Tx, Work, changes};
use crate::model::Changes;
use crate::shutdown::Tasks;

/// Most jobs that share one transaction. More wait for the next one.
pub const MAX_BATCH: usize = 256;

/// Most jobs that are written in one go. Each number of posts is a text of its own, which SQLite's thread keeps
/// prepared; past it, the ways to the thread cost little for each.
const MAX_AT_ONCE: usize = 64;

/// Jobs that may wait; past it callers wait for a place in the queue.
const QUEUE: usize = 4096;

/// A handle to the writing task.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    written: Written,
}

/// How many units of work were written that may change anything: all but posts and what comes with them.
#[derive(Clone, Default)]
pub(super) struct Written(Arc<AtomicU64>);

enum Job {
    /// What most requests write, as data: many become few statements.
    Changes(Box<Changes>, Settle),
    Unit(Unit),
}

/// Any other unit of work.
type Unit = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Running<'t> + Send>;

type Running<'t> = Pin<Box<dyn Future<Output = Ran> + Send + 't>>;

/// How a unit of work went, and how its caller is told once the batch's fate is known.
enum Ran {
    Written(Settle),
    Refused(Refusal),
}

/// Tells the waiting caller: given what went wrong, or nothing.
type Settle = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// Tells the waiting caller why its unit of work failed.
type Refusal = Box<dyn FnOnce() + Send>;

/// Whom to tell after the commit.
#[derive(Default)]
struct Callers {
    written: Vec<Settle>,
    refused: Vec<Refusal>,
}

impl Written {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl Job {
    /// It is on disk.
    fn succeeded(self) {
        if let Self::Changes(_, settle) = self {
            settle(None);
        }
    }
}

impl Writer {
    /// Starts the task; it ends when the last handle is dropped, after writing what is queued.
    pub(super) fn start(connection: SqliteConnection, tasks: &Tasks) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let written = Written::default();
        tasks.spawn(write_batches(Tx::Sqlite(connection), queue, written.clone()));
        Self { jobs, written }
    }

    pub(super) fn written(&self) -> Written {
        self.written.clone()
    }

    pub(super) async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let (settle, answered) = settlement(());
        self.jobs.send(Job::Changes(Box::new(changes), settle)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Undone)?
    }

    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let unit: Unit = Box::new(move |tx| {
            Box::pin(async move {
                match work(tx).await {
                    Ok(value) => Ran::Written(settle_with(answer, value)),
                    Err(error) => Ran::Refused(Box::new(move || drop(answer.send(Err(error))))),
                }
            })
        });
        self.jobs.send(Job::Unit(unit)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Undone)?
    }
}

type Answered<T> = oneshot::Receiver<Result<T, StoreError>>;

fn settlement<T: Send + 'static>(value: T) -> (Settle, Answered<T>) {
    let (answer, answered) = oneshot::channel();
    (settle_with(answer, value), answered)
}

/// The caller may have gone away by then; what it asked for stands all the same.
fn settle_with<T: Send + 'static>(answer: oneshot::Sender<Result<T, StoreError>>, value: T) -> Settle {
    Box::new(move |failed| drop(answer.send(failed.map_or(Ok(value), Err))))
}

async fn write_batches(mut tx: Tx, mut jobs: mpsc::Receiver<Job>, written: Written) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while jobs.recv_many(&mut batch, MAX_BATCH).await > 0 {
        // A batch that fails as a whole has dropped its callers' answers: they read `Undone`, and the log says why.
        if let Err(error) = write_batch(&mut tx, &mut batch, &written).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a batch of writes failed and is undone"
            );
            batch.clear();
            drop(execute(&mut tx, "rollback").await);
        }
    }
    if let Tx::Sqlite(connection) = tx
        && let Err(error) = connection.close().await
    {
        tracing::warn!(%error, "the database file was not closed cleanly; it recovers at the next start");
    }
}

/// Runs the jobs in one transaction, commits, and tells each caller.
async fn write_batch(tx: &mut Tx, batch: &mut Vec<Job>, written: &Written) -> Result<(), StoreError> {
    if let (Tx::Sqlite(connection), Some(posts)) = (&mut *tx, only_posts(batch)) {
        match changes::commit_posts(connection, &posts).await {
            Ok(()) => {
                batch.drain(..).for_each(Job::succeeded);
                return Ok(());
            }
            // The other way would wait for the same lock as long again.
            Err(error) if error.is_locked() => return Err(error),
            // It is undone, and goes the other way.
            Err(_) => {}
        }
    }
    let alone = batch.len() == 1;
    let units = batch.iter().any(|job| matches!(job, Job::Unit(_)));
    execute(tx, "begin immediate").await?;
    let mut callers = Callers::default();
    let mut together = Vec::new();
    for job in batch.drain(..) {
        match job {
            Job::Changes(changes, settle) => together.push((changes, settle)),
            Job::Unit(unit) => run_unit(tx, unit, alone, &mut callers).await?,
        }
    }
    write_together(tx, together, &mut callers).await?;
    let ended = execute(tx, if callers.written.is_empty() { "rollback" } else { "commit" }).await;
    if units {
        // Before anybody is answered, so that nobody is told what was before.
        written.add();
    }
    if let Err(error) = &ended {
        tracing::error!(
            error = error as &dyn std::error::Error,
            jobs = callers.written.len(),
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

/// What a batch writes, if that is nothing but posts.
fn only_posts(batch: &[Job]) -> Option<Vec<&Changes>> {
    let posts = batch.iter().map(|job| match job {
        Job::Changes(changes, _) => changes::is_only_posts(changes).then_some(&**changes),
        Job::Unit(_) => None,
    });
    if batch.len() <= MAX_AT_ONCE { posts.collect() } else { None }
}

/// Runs one unit, behind a savepoint unless it is alone: then undoing it is undoing the transaction.
async fn run_unit(tx: &mut Tx, unit: Unit, alone: bool, callers: &mut Callers) -> Result<(), StoreError> {
    if !alone {
        execute(tx, "savepoint job").await?;
    }
    let ran = unit(tx).await;
    if !alone {
        finish(tx, matches!(ran, Ran::Written(_))).await?;
    }
    match ran {
        Ran::Written(settle) => callers.written.push(settle),
        Ran::Refused(refusal) => callers.refused.push(refusal),
    }
    Ok(())
}

/// Writes the changes of a batch as one. When that fails, one by one, and whoever's fail is told why.
async fn write_together(
    tx: &mut Tx,
    together: Vec<(Box<Changes>, Settle)>,
    callers: &mut Callers,
) -> Result<(), StoreError> {
    if together.is_empty() {
        return Ok(());
    }
    let all: Vec<&Changes> = together.iter().map(|(changes, _)| &**changes).collect();
    // Where nothing came before, undoing them is undoing the transaction, and SQLite need not keep every page it was.
    let alone = callers.written.is_empty();
    if !alone {
        execute(tx, "savepoint job").await?;
    }
    let written = changes::apply(tx, &all).await.is_ok();
    match (alone, written) {
        (false, kept) => finish(tx, kept).await?,
        (true, true) => {}
        (true, false) => {
            execute(tx, "rollback").await?;
            execute(tx, "begin immediate").await?;
        }
    }
    if written {
        callers.written.extend(together.into_iter().map(|(_, settle)| settle));
        return Ok(());
    }
    for (changes, settle) in together {
        execute(tx, "savepoint job").await?;
        let written = changes::apply(tx, &[&changes]).await;
        finish(tx, written.is_ok()).await?;
        match written {
            Ok(()) => callers.written.push(settle),
            Err(error) => callers.refused.push(Box::new(move || settle(Some(error)))),
        }
    }
    Ok(())
}

/// Ends a savepoint, keeping what was done since or not.
async fn finish(tx: &mut Tx, keep: bool) -> Result<(), StoreError> {
    if !keep {
        execute(tx, "rollback to job").await?;
    }
    execute(tx, "release job").await
}

async fn execute(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    on_tx!(tx, conn => sqlx::query(sql).execute(conn).await?.rows_affected());
    Ok(())
}
