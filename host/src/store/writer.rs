//! Group commit for SQLite: one task owns the only writing connection.
//!
//! What arrives while a sync is under way goes into the next transaction together, and answers are given after the
//! commit: under load one sync pays for many writers, and a writer that arrives alone commits at once. The changes of
//! a batch are written as one, with few statements; if that fails, and for every other unit of work, each gets a
//! savepoint of its own, so that a failing one is undone alone.

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

/// Any other unit of work: run it, and get what to do once its fate is known. It tells its caller of its own failure.
type Unit = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Work<'t, Settle> + Send>;

/// Tells the waiting caller: given what went wrong, or nothing.
type Settle = Box<dyn FnOnce(Option<StoreError>) + Send>;

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
        answered.await.map_err(|_| StoreError::Stopped)?
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
                    Ok(value) => Ok(settle_with(answer, value)),
                    Err(error) => {
                        drop(answer.send(Err(error)));
                        Err(StoreError::conflict())
                    }
                }
            })
        });
        self.jobs.send(Job::Unit(unit)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
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
        // A batch that fails as a whole has dropped its callers' answers: they read `Stopped`, and the log says why.
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
    // What fails so is undone, and goes the other way.
    if let (Tx::Sqlite(connection), Some(posts)) = (&mut *tx, only_posts(batch))
        && changes::commit_posts(connection, &posts).await.is_ok()
    {
        batch.drain(..).for_each(Job::succeeded);
        return Ok(());
    }
    let alone = batch.len() == 1;
    let units = batch.iter().any(|job| matches!(job, Job::Unit(_)));
    execute(tx, "begin immediate").await?;
    let mut settles = Vec::with_capacity(batch.len());
    let mut together = Vec::new();
    for job in batch.drain(..) {
        match job {
            Job::Changes(changes, settle) => together.push((changes, settle)),
            Job::Unit(unit) => settles.extend(run_unit(tx, unit, alone).await?),
        }
    }
    write_together(tx, together, &mut settles).await?;
    if settles.is_empty() {
        return execute(tx, "rollback").await;
    }
    let committed = execute(tx, "commit").await;
    if units {
        // Before anybody is answered, so that nobody is told what was before.
        written.add();
    }
    match committed {
        Ok(()) => settles.into_iter().for_each(|settle| settle(None)),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                jobs = settles.len(),
                "a commit failed"
            );
            drop(execute(tx, "rollback").await);
            for settle in settles {
                settle(Some(error.repeated()));
            }
        }
    }
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

/// Runs one unit, behind a savepoint unless it is alone. None: it failed, was undone alone, and its caller knows.
async fn run_unit(tx: &mut Tx, unit: Unit, alone: bool) -> Result<Option<Settle>, StoreError> {
    if alone {
        // The only job needs no savepoint: undoing it is undoing the transaction.
        return Ok(unit(tx).await.ok());
    }
    execute(tx, "savepoint job").await?;
    let settle = unit(tx).await.ok();
    finish(tx, settle.is_some()).await?;
    Ok(settle)
}

/// Writes the changes of a batch as one. When that fails, one by one, and whoever's fail is told why.
async fn write_together(
    tx: &mut Tx,
    together: Vec<(Box<Changes>, Settle)>,
    settles: &mut Vec<Settle>,
) -> Result<(), StoreError> {
    if together.is_empty() {
        return Ok(());
    }
    let all: Vec<&Changes> = together.iter().map(|(changes, _)| &**changes).collect();
    // Where nothing came before, undoing them is undoing the transaction, and SQLite need not keep every page it was.
    let alone = settles.is_empty();
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
        settles.extend(together.into_iter().map(|(_, settle)| settle));
        return Ok(());
    }
    for (changes, settle) in together {
        execute(tx, "savepoint job").await?;
        let written = changes::apply(tx, &[&changes]).await;
        finish(tx, written.is_ok()).await?;
        match written {
            Ok(()) => settles.push(settle),
            Err(error) => settle(Some(error)),
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
