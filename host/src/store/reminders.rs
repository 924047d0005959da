//! Reminders, which are jobs of their own kind: one for each user and post.

use super::jobs;
use super::sqlite::Batch;
use super::{Store, StoreError, Tx};
use crate::model::{JobKind, NewJob};

const WAITING: &str = "select count(*) from jobs where kind = $1 and subject = $2 and state in ('gathering', 'waiting') \
    and (unique_key is null or unique_key <> $3)";
const FORGET: &str = "delete from jobs where kind = $1 and unique_key = $2 and state = 'gathering'";

impl Store {
    /// Writes a reminder in place of an earlier one with its key. Returns false, and writes nothing, if its subject has
    /// `limit` other reminders that wait.
    pub async fn set_reminder(&self, reminder: NewJob, limit: i64) -> Result<bool, StoreError> {
        let set = self.write(move |tx| Box::pin(async move { set(tx, &reminder, limit).await })).await?;
        self.wake.wake(JobKind::Reminder);
        Ok(set)
    }
}

async fn set(tx: &mut Tx, reminder: &NewJob, limit: i64) -> Result<bool, StoreError> {
    let waiting: i64 = on_tx!(tx, conn => sqlx::query_scalar(WAITING).bind(reminder.kind).bind(&reminder.subject)
        .bind(&reminder.unique_key).fetch_one(conn).await?);
    if waiting >= limit {
        return Ok(false);
    }
    run!(tx, FORGET, [reminder.kind, &reminder.unique_key]).await?;
    let mut batch = Batch::of(tx);
    jobs::push(&mut batch, &[reminder]).await?;
    batch.run().await?;
    Ok(true)
}
