//! Clearing away what has expired, while the server runs.

use std::time::Duration;

use super::Access;
use crate::shutdown::Tasks;
use crate::store::StoreError;

/// How often.
const EVERY: Duration = Duration::from_hours(1);

/// How long a request's `Idempotency-Key` is remembered.
const KEYS_KEPT: Duration = Duration::from_hours(24);

/// How long a plugin's value is kept after it has expired, which is longer than any call lasts: were it removed and
/// written anew while a call goes on, it would have the version again that the call saw.
const VALUES_KEPT: Duration = Duration::from_mins(10);

/// Values removed between two looks at whether the server stops.
const BATCH: i64 = 100;

impl Access {
    /// Runs until the server stops.
    pub async fn run_housekeeping(self, tasks: Tasks) {
        loop {
            if let Err(error) = self.clear_away(&tasks).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "expired rows could not be cleared away; trying again in an hour");
            }
            tokio::select! {
                () = tasks.stopping() => return,
                () = self.clock.sleep(EVERY) => {}
            }
        }
    }

    async fn clear_away(&self, tasks: &Tasks) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.purge_sessions(now, self.idle_since()).await?;
        self.store.purge_invitations(now).await?;
        self.store.purge_requests(now.minus(KEYS_KEPT)).await?;
        self.store.purge_audit(now.minus(self.audit_kept)).await?;
        while !tasks.is_stopping() && self.store.purge_values(now.minus(VALUES_KEPT), BATCH).await? > 0 {}
        Ok(())
    }
}
