//! Group commit for SQLite: one task owns the only writing connection.
//!
//! Units of work queue up while a sync is under way and go into the next transaction together, each behind a
//! savepoint of its own, so that a failing unit is undone alone. Answers are given after the commit. Under load
//! one sync thus pays for many units; a unit that arrives alone commits at once.

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, Tx, Work};
use crate::shutdown::Tasks;

/// Most units that share one transaction. More wait for the next one.
pub const MAX_BATCH: usize = 256;

/// Units that may wait; past it callers wait for a place in the queue.
const QUEUE: usize = 4096;

/// A handle to the writing task.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Unit>);

/// One unit: run it, and get what to do once its fate is known.
type Unit = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Work<'t, Settle> + Send>;

/// Tells the waiting caller: given the commit's error, or none.
type Settle = Box<dyn FnOnce(Option<StoreError>) + Send>;

impl Writer {
    /// Starts the task; it ends when the last handle is dropped, after writing what is queued.
    pub(super) fn start(connection: SqliteConnection, tasks: &Tasks) -> Self {
        let (queue, units) = mpsc::channel(QUEUE);
        tasks.spawn(write_batches(Tx::Sqlite(connection), units));
        Self(queue)
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
                    Ok(value) => {
                        let settle: Settle = Box::new(move |failed| {
                            // The caller may have gone away; the unit stands all the same.
                            drop(answer.send(failed.map_or(Ok(value), Err)));
                        });
                        Ok(settle)
                    }
                    Err(error) => {
                        drop(answer.send(Err(error)));
                        Err(StoreError::conflict())
                    }
                }
            })
        });
        self.0.send(unit).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

async fn write_batches(mut tx: Tx, mut units: mpsc::Receiver<Unit>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while units.recv_many(&mut batch, MAX_BATCH).await > 0 {
        write_batch(&mut tx, &mut batch).await;
    }
    if let Tx::Sqlite(connection) = tx
        && let Err(error) = connection.close().await
    {
        tracing::warn!(%error, "the database file was not closed cleanly; it recovers at the next start");
    }
}

/// Runs the units in one transaction, commits, and tells each caller.
async fn write_batch(tx: &mut Tx, batch: &mut Vec<Unit>) {
    let alone = batch.len() == 1;
    if let Err(error) = execute(tx, "begin immediate").await {
        // Dropping a unit answers its caller with `Stopped`; say the real reason in the log, once.
        tracing::error!(
            error = &error as &dyn std::error::Error,
            units = batch.len(),
            "no transaction could begin"
        );
        batch.clear();
        return;
    }
    let mut settles = Vec::with_capacity(batch.len());
    for unit in batch.drain(..) {
        match run_unit(tx, unit, alone).await {
            Ok(Some(settle)) => settles.push(settle),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a savepoint failed; the batch is undone"
                );
                drop(execute(tx, "rollback").await);
                return;
            }
        }
    }
    let committed =
        if settles.is_empty() { execute(tx, "rollback").await } else { execute(tx, "commit").await };
    match committed {
        Ok(()) => settles.into_iter().for_each(|settle| settle(None)),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                units = settles.len(),
                "a commit failed"
            );
            drop(execute(tx, "rollback").await);
            let text = error.to_string();
            for settle in settles {
                settle(Some(StoreError::Database(sqlx::Error::Protocol(text.clone()))));
            }
        }
    }
}

/// Runs one unit behind a savepoint. None: it failed, was undone alone, and its caller knows.
async fn run_unit(tx: &mut Tx, unit: Unit, alone: bool) -> Result<Option<Settle>, StoreError> {
    if alone {
        // The only unit needs no savepoint: undoing it is undoing the transaction.
        return Ok(unit(tx).await.ok());
    }
    execute(tx, "savepoint unit").await?;
    let settle = unit(tx).await.ok();
    if settle.is_none() {
        execute(tx, "rollback to unit").await?;
    }
    execute(tx, "release unit").await?;
    Ok(settle)
}

async fn execute(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    on_tx!(tx, conn => { sqlx::query(sql).execute(conn).await?; });
    Ok(())
}
