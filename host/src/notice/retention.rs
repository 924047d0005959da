//! Retention of notices. A notice stays as long as a mail of it does; those are jobs, which `worker` removes.

use std::time::Duration;

use super::Notices;
use crate::shutdown::Tasks;
use crate::store::StoreError;

/// How often expired notices are removed.
const PERIOD: Duration = Duration::from_mins(10);

/// Rows removed in one unit of work, so that other writers get their turn.
const BATCH: i64 = 500;

const DAY: Duration = Duration::from_hours(24);

impl Notices {
    /// Removes expired notices until the server stops.
    pub fn run_retention(&self, tasks: &Tasks) {
        tasks.every(&self.clock, PERIOD, "retention of notices", self.clone(), Self::remove_expired);
    }

    async fn remove_expired(self, tasks: Tasks) -> Result<(), StoreError> {
        let now = self.clock.now();
        let before = |days: u32| now.minus(DAY * days);
        let (aged, read) = (before(self.settings.keep_days), before(self.settings.keep_read_days));
        while !tasks.is_stopping() && self.store.notices().expire(aged, read, BATCH).await? > 0 {}
        let most = i64::from(self.settings.max_per_user);
        for user in self.store.notices().crowded_recipients(most).await? {
            self.store.notices().trim(&user, most).await?;
        }
        while !tasks.is_stopping() && self.store.notices().delete_orphans(BATCH).await? > 0 {}
        Ok(())
    }
}
