//! Jobs that users order for later, such as reminders: a limited number of each kind for each user.

use super::jobs;
use super::{Store, StoreError, Tx};
use crate::model::NewJob;

impl Store {
    /// Writes a job in place of an earlier one of its kind and key. Returns false, and writes nothing, if its subject has
    /// `limit` other jobs of the kind that wait.
    pub async fn schedule_job(&self, job: NewJob, limit: i64) -> Result<bool, StoreError> {
        self.beside_cache().write(move |tx| Box::pin(async move { schedule(tx, &job, limit).await })).await
    }
}

async fn schedule(tx: &mut Tx, job: &NewJob, limit: i64) -> Result<bool, StoreError> {
    let key = job.unique_key.as_deref().unwrap_or_default();
    if jobs::count_waiting(tx, job.kind, &job.subject, key).await? >= limit {
        return Ok(false);
    }
    jobs::forget(tx, job.kind, key).await?;
    jobs::join(tx, job.kind, std::slice::from_ref(job)).await?;
    Ok(true)
}
