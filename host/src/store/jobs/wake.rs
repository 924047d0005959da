//! Wakes the worker when jobs are written: in this process by a notification after the commit, in other nodes on the
//! same PostgreSQL by `NOTIFY`. A lost wake-up only costs time, because the worker also polls.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Notify;

use crate::model::JobKind;
use crate::store::{Connection, StoreError, Tx};

/// The channel of `NOTIFY`. Its payload is the kind of the jobs.
const CHANNEL: &str = "jackfield_jobs";

/// How long to wait before listening again after a failure.
const RETRY: Duration = Duration::from_secs(5);

/// Wakes the tasks that wait for jobs of a kind. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::store) struct Wake(Arc<[Notify; JobKind::ALL.len()]>);

impl Wake {
    /// Wakes this process for jobs of these kinds. Only [`Store`](crate::store::Store) calls it, after each commit.
    pub(in crate::store) fn wake(&self, kinds: impl IntoIterator<Item = JobKind>) {
        kinds.into_iter().for_each(|kind| self.notify(kind).notify_one());
    }

    /// Resolves when jobs of this kind may have been written since the last call.
    pub(super) async fn woken(&self, kind: JobKind) {
        self.notify(kind).notified().await;
    }

    /// Forwards the wake-ups of other nodes. Never returns.
    pub(super) async fn listen(&self, pool: &PgPool) {
        // Its own connection, because those of `pool` are for requests.
        let own = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with((*pool.connect_options()).clone());
        loop {
            if let Err(error) = self.pass_on(&own).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "cannot listen for the jobs of other nodes; trying again");
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn pass_on(&self, own: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(own).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let announced = listener.try_recv().await?;
            // None: the connection was lost, and with it the notifications sent meanwhile.
            let is_meant =
                |kind: &JobKind| announced.as_ref().is_none_or(|one| one.payload() == kind.as_str());
            self.wake(JobKind::ALL.into_iter().filter(is_meant));
        }
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
