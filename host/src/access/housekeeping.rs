//! Retention of sessions, invitations, mailed tokens, idempotency keys, receipts, audit rows and expired values.

use std::time::Duration;

use super::Access;
use crate::model::LATE_RESPONSE_TIME;
use crate::shutdown::Tasks;
use crate::store::StoreError;

/// How often expired rows are removed.
const PERIOD: Duration = Duration::from_hours(1);

/// How long a request's `Idempotency-Key` is remembered.
const KEYS_KEPT: Duration = Duration::from_hours(24);

/// How long a plugin's value is kept after it has expired. Must outlast any call; otherwise a value could be deleted
/// and recreated with the version that the call saw (ABA).
const VALUES_KEPT: Duration = Duration::from_mins(10);

/// How long receipts of deliveries to bridges are kept. A sender that repeats a delivery later posts again; senders
/// give up within days.
const RECEIPTS_KEPT: Duration = Duration::from_hours(90 * 24);

/// How long the idempotency keys of plugins' posts are kept. After that a key creates a new post.
const ONCE_KEPT: Duration = Duration::from_hours(365 * 24);

/// Rows removed in one unit of work.
const BATCH: i64 = 100;

impl Access {
    /// Removes expired rows until the server stops.
    pub fn run_housekeeping(&self, tasks: &Tasks) {
        tasks.every(&self.clock, PERIOD, "housekeeping", self.clone(), Self::remove_expired);
    }

    async fn remove_expired(self, tasks: Tasks) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.purge_sessions(now, self.idle_since()).await?;
        self.store.purge_invitations(now).await?;
        self.store.purge_mail_tokens(now).await?;
        self.store.purge_requests(now.minus(KEYS_KEPT)).await?;
        self.store.purge_audit(now.minus(self.audit_kept)).await?;
        while !tasks.is_stopping() && self.store.values().purge(now.minus(VALUES_KEPT), BATCH).await? > 0 {}
        while !tasks.is_stopping()
            && self.store.hooks().purge_receipts(now.minus(RECEIPTS_KEPT), BATCH).await? > 0
        {}
        let opened_before = now.minus(LATE_RESPONSE_TIME);
        while !tasks.is_stopping() && self.store.commands().purge_addresses(opened_before, BATCH).await? > 0 {
        }
        while !tasks.is_stopping() && self.store.purge_made_once(now.minus(ONCE_KEPT), BATCH).await? > 0 {}
        Ok(())
    }
}
