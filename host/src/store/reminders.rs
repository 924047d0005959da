//! Reminders, which are jobs of their own kind: one for each user and post.

use super::jobs;
use super::{Store, StoreError, Tx};
use crate::model::NewJob;

impl Store {
    /// Writes a reminder in place of an earlier one with its key. Returns false, and writes nothing, if its subject has
    /// `limit` other reminders that wait.
    pub async fn set_reminder(&self, reminder: NewJob, limit: i64) -> Result<bool, StoreError> {
        self.beside_cache().write(move |tx| Box::pin(async move { set(tx, &reminder, limit).await })).await
    }
}

async fn set(tx: &mut Tx, reminder: &NewJob, limit: i64) -> Result<bool, StoreError> {
    let key = reminder.unique_key.as_deref().unwrap_or_default();
    if jobs::count_waiting(tx, reminder.kind, &reminder.subject, key).await? >= limit {
        return Ok(false);
    }
    jobs::forget(tx, reminder.kind, key).await?;
    jobs::join(tx, reminder.kind, std::slice::from_ref(reminder)).await?;
    Ok(true)
}
