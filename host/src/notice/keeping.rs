//! Loop: removes notices whose time is over, so that nobody's list grows for ever.

use std::time::Duration;

use super::Notices;
use crate::shutdown::Tasks;
use crate::store::StoreError;

/// How often it is looked what is over.
const ROUND: Duration = Duration::from_mins(10);

/// Rows removed in one unit of work, so that other writers get their turn.
const STEP: i64 = 500;

const DAY: Duration = Duration::from_hours(24);

impl Notices {
    /// Cleans at the start and then every [`ROUND`], until the server stops.
    pub async fn run_retention(self, tasks: Tasks) {
        while !tasks.is_stopping() {
            let next = self.clock.sleep(ROUND);
            if let Err(error) = self.clean(&tasks).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "old notices could not be removed; trying again later");
            }
            tokio::select! {
                () = tasks.stopping() => return,
                () = next => {}
            }
        }
    }

    async fn clean(&self, tasks: &Tasks) -> Result<(), StoreError> {
        let now = self.clock.now();
        let before = |days: u32| now.minus(DAY * days);
        let (aged, read) = (before(self.settings.keep_days), before(self.settings.keep_read_days));
        while !tasks.is_stopping() && self.store.expire_notices(aged, read, STEP).await? > 0 {}
        let most = i64::from(self.settings.max_per_user);
        for user in self.store.crowded_recipients(most).await? {
            self.store.crop_notices(&user, most).await?;
        }
        let mails = before(self.settings.keep_mails_days);
        while !tasks.is_stopping() && self.store.forget_mails(mails, STEP).await? > 0 {}
        while !tasks.is_stopping() && self.store.forget_notices(STEP).await? > 0 {}
        Ok(())
    }
}
