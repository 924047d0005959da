//! Wakes the worker when jobs are written: in this process by a notification after the commit, in other nodes on the
//! same PostgreSQL by `NOTIFY` (see `postgres/listener.rs`). A lost wake-up only costs time, because the worker also
//! polls.

use std::sync::Arc;

use sqlx::PgConnection;
use tokio::sync::Notify;

use crate::model::JobKind;
use crate::store::{Connection, StoreError, Tx};

/// The channel of `NOTIFY`. Its payload is the kind of the jobs.
pub(in crate::store) const CHANNEL: &str = "jackfield_jobs";

/// Wakes the tasks that wait for jobs of a kind. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::store) struct Wake(Arc<[Notify; JobKind::ALL.len()]>);

impl Wake {
    /// Wakes this process for jobs of these kinds. [`Store`](crate::store::Store) calls it after each commit.
    pub(in crate::store) fn wake(&self, kinds: impl IntoIterator<Item = JobKind>) {
        kinds.into_iter().for_each(|kind| self.notify(kind).notify_one());
    }

    /// Resolves when jobs of this kind may have been written since the last call.
    pub(super) async fn woken(&self, kind: JobKind) {
        self.notify(kind).notified().await;
    }

    fn notify(&self, kind: JobKind) -> &Notify {
        &self.0[kind as usize]
    }
}

/// Wakes this node and the others once the unit of work has committed.
pub(super) async fn announce(tx: &mut Tx, kind: JobKind) -> Result<(), StoreError> {
    tx.jobs.insert(kind);
    match &mut tx.connection {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(conn) => notify(conn, kind).await,
    }
}

pub(super) async fn notify(conn: &mut PgConnection, kind: JobKind) -> Result<(), StoreError> {
    let notify = sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(kind.as_str());
    notify.execute(conn).await?;
    Ok(())
}
