//! One server's connections to a PostgreSQL that other servers, and tools such as `jackfield admin`, write to as well.

use sqlx::{PgConnection, PgPool};

use super::Writers;
use crate::store::generation::Generation;
use crate::store::{Caching, Connection, StoreError, Tx};

/// The channel of `NOTIFY` for commits that may have changed cached rows. They have no payload.
pub(super) const CHANGES: &str = "jackfield_changes";

/// The database as this process uses it. Cheap to clone.
#[derive(Clone)]
pub(in crate::store) struct Node {
    pub(in crate::store) pool: PgPool,
    pub(in crate::store) write: Writers,
    pub(in crate::store) generation: Generation,
}

impl Node {
    /// Commits a unit of work. Before its caller has the result, no cached row of this process is older than it; the
    /// other nodes are notified.
    pub(in crate::store) async fn commit(&self, mut tx: Tx, caching: Caching) -> Result<(), StoreError> {
        if caching == Caching::Beside {
            return tx.commit().await;
        }
        if let Connection::Postgres(open) = &mut tx.connection {
            notify(open).await?;
        }
        // A commit whose result is lost, or that its caller no longer awaits, may have succeeded.
        let _stale = self.generation.advance_on_drop();
        tx.commit().await
    }
}

/// Sends the notification with the commit. Several within one transaction are one.
async fn notify(open: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_notify($1, '')").bind(CHANGES).execute(open).await?;
    Ok(())
}
