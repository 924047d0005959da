//! Retention of notices and of their mails.

use std::time::Duration;

use super::Notices;
use crate::model::JobKind;
use crate::shutdown::Tasks;
use crate::store::StoreError;

/// How often expired notices are removed.
const PERIOD: Duration = Duration::from_mins(10);

/// Rows removed in one unit of work, so that other writers get their turn.
const BATCH: i64 = 500;

const DAY: Duration = Duration::from_hours(24);

impl Notices {
    /// Removes expired notices and mails until the server stops.
    pub fn run_retention(&self, tasks: &Tasks) {
        tasks.every(&self.clock, PERIOD, "retention of notices", self.clone(), Self::remove_expired);
    }

    async fn remove_expired(self, tasks: Tasks) -> Result<(), StoreError> {
        let now = self.clock.now();
        let before = |days: u32| now.minus(DAY * days);
        let (aged, read) = (before(self.settings.keep_days), before(self.settings.keep_read_days));
        while !tasks.is_stopping() && self.store.expire_notices(aged, read, BATCH).await? > 0 {}
        let most = i64::from(self.settings.max_per_user);
        for user in self.store.crowded_recipients(most).await? {
            self.store.trim_notices(&user, most).await?;
        }
        let (jobs, mails) = (self.store.jobs(), before(self.settings.keep_mails_days));
        for kind in JobKind::ALL {
            while !tasks.is_stopping() && jobs.remove_ended(kind, mails, BATCH).await? > 0 {}
        }
        while !tasks.is_stopping() && self.store.delete_orphan_notices(BATCH).await? > 0 {}
        Ok(())
    }
}
