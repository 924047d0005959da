//! Statements on jobs inside the unit of work that causes, moves or cancels them.

use std::collections::BTreeSet;

use sqlx::types::Json;

use super::wake::{announce, notify};
use super::{JOIN, PUSH};
use crate::model::{Changes, ClaimedJob, JobId, JobKind, MailKind, NewJob, Timestamp, UserId};
use crate::store::sqlite::Batch;
use crate::store::{Store, StoreError, Tx};

/// Returns the kinds of the jobs in a change.
pub(in crate::store) fn kinds(changes: &Changes) -> BTreeSet<JobKind> {
    changes.jobs.iter().map(|job| job.kind).collect()
}

/// Writes jobs with the change that causes them. See [`kinds`] for whom to wake after the commit.
pub(in crate::store) async fn push(batch: &mut Batch<'_>, jobs: &[&NewJob]) -> Result<(), StoreError> {
    batch.push_list(PUSH, jobs).await?;
    if let Batch::Postgres(conn) = batch {
        for kind in JobKind::ALL.into_iter().filter(|kind| jobs.iter().any(|job| job.kind == *kind)) {
            notify(conn, kind).await?;
        }
    }
    Ok(())
}

/// As [`push`], outside a batch and for jobs of one kind. Returns their ids, or that of the gathering job that one of
/// them joins.
pub(in crate::store) async fn join(
    tx: &mut Tx,
    kind: JobKind,
    jobs: &[NewJob],
) -> Result<Vec<JobId>, StoreError> {
    let sql = tx.of(JOIN);
    let written = on_tx!(tx, conn => sqlx::query_scalar(sql).bind(Json(jobs)).fetch_all(conn).await?);
    announce(tx, kind).await?;
    Ok(written)
}

/// Returns how many jobs about a subject wait or run, except those with this key.
async fn count_waiting(
    tx: &mut Tx,
    kind: JobKind,
    subject: &str,
    except_key: &str,
) -> Result<i64, StoreError> {
    let sql = "select count(*) from jobs where kind = $1 and subject = $2 and state in ('gathering', 'waiting') \
               and (unique_key is null or unique_key <> $3)";
    Ok(on_tx!(tx, conn => sqlx::query_scalar(sql).bind(kind).bind(subject).bind(except_key)
        .fetch_one(conn).await?))
}

/// Returns how many mails of a kind about an account wait or are being sent.
pub(in crate::store) async fn count_waiting_mails(
    tx: &mut Tx,
    user: &UserId,
    mail: MailKind,
) -> Result<i64, StoreError> {
    let sql = "select count(*) from jobs where kind = $1 and subject = $2 and state in ('gathering', 'waiting') \
               and payload ->> 'kind' = $3";
    Ok(
        on_tx!(tx, conn => sqlx::query_scalar(sql).bind(JobKind::Mail).bind(user).bind(mail).fetch_one(conn).await?),
    )
}

/// Returns how many mails of a kind an account caused after this moment, those that have ended included.
pub(in crate::store) async fn count_mails_since(
    tx: &mut Tx,
    user: &UserId,
    mail: MailKind,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "select count(*) from jobs where kind = $1 and subject = $2 and payload ->> 'kind' = $3 \
               and create_at > $4";
    Ok(on_tx!(tx, conn => sqlx::query_scalar(sql).bind(JobKind::Mail).bind(user).bind(mail).bind(since)
        .fetch_one(conn).await?))
}

/// Makes the gathering jobs about a subject due at another moment.
pub(in crate::store) async fn reschedule(
    tx: &mut Tx,
    kind: JobKind,
    subject: &str,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update jobs set due_at = $3 where kind = $1 and subject = $2 and state = 'gathering'";
    run!(tx, sql, [kind, subject, due_at]).await?;
    announce(tx, kind).await
}

/// Removes the gathering job with this key, if there is one.
async fn forget(tx: &mut Tx, kind: JobKind, key: &str) -> Result<(), StoreError> {
    let sql = "delete from jobs where kind = $1 and unique_key = $2 and state = 'gathering'";
    run!(tx, sql, [kind, key]).await?;
    Ok(())
}

/// Removes jobs about a subject that wait and are not being tried.
pub(in crate::store) async fn remove_waiting(
    tx: &mut Tx,
    kind: JobKind,
    subject: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "delete from jobs where kind = $1 and subject = $2 and state in ('gathering', 'waiting') \
               and claimed_until <= $3";
    run!(tx, sql, [kind, subject, now]).await?;
    Ok(())
}

/// Removes all mails of a kind that have not ended, also those that are being sent.
pub(in crate::store) async fn remove_waiting_mails(tx: &mut Tx, mail: MailKind) -> Result<(), StoreError> {
    let sql = "delete from jobs where kind = $1 and state = 'waiting' and payload ->> 'kind' = $2";
    run!(tx, sql, [JobKind::Mail, mail]).await?;
    Ok(())
}

impl Store {
    /// Writes a job in place of an earlier one of its kind and key. Returns false, and writes nothing, if its subject has
    /// `limit` other jobs of the kind that wait.
    pub async fn schedule_job(&self, job: NewJob, limit: i64) -> Result<bool, StoreError> {
        self.beside_cache().write(move |tx| Box::pin(async move { schedule(tx, &job, limit).await })).await
    }
}

async fn schedule(tx: &mut Tx, job: &NewJob, limit: i64) -> Result<bool, StoreError> {
    let key = job.unique_key.as_deref().unwrap_or_default();
    if count_waiting(tx, job.kind, &job.subject, key).await? >= limit {
        return Ok(false);
    }
    forget(tx, job.kind, key).await?;
    join(tx, job.kind, std::slice::from_ref(job)).await?;
    Ok(true)
}

/// Whether this claim of a job is still its last one, and the job is not settled.
pub(in crate::store) async fn is_claimed(tx: &mut Tx, job: &ClaimedJob) -> Result<bool, StoreError> {
    let sql =
        "select id from jobs where id = $1 and fencing = $2 and state = 'waiting' and claimed_until > 0";
    let found: Option<JobId> = on_tx!(tx, conn => sqlx::query_scalar(sql).bind(&job.id).bind(job.fencing).fetch_optional(conn).await?);
    Ok(found.is_some())
}

/// Makes a job due now and resets its attempts, also one that is done, unless it is being tried or held. Earlier
/// claims become void. Returns false if the job is in no such state.
pub(in crate::store) async fn redo(
    tx: &mut Tx,
    kind: JobKind,
    id: &JobId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "update jobs set state = 'waiting', attempts = 0, fencing = fencing + 1, due_at = $3, \
               claimed_until = 0, ended_at = 0 where kind = $1 and id = $2 and claimed_until <= $3 and due_at <> $4";
    let redone = run!(tx, sql, [kind, id, now, Timestamp::FAR]).await? > 0;
    announce(tx, kind).await?;
    Ok(redone)
}

/// Holds the jobs about a subject that wait and are not being tried, until [`release`].
pub(in crate::store) async fn hold(
    tx: &mut Tx,
    kind: JobKind,
    subject: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update jobs set due_at = $4 where kind = $1 and subject = $2 and state = 'waiting' \
               and claimed_until <= $3";
    run!(tx, sql, [kind, subject, now, Timestamp::FAR]).await?;
    Ok(())
}

/// Makes the held jobs about a subject due now, and resets their attempts.
pub(in crate::store) async fn release(
    tx: &mut Tx,
    kind: JobKind,
    subject: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update jobs set due_at = $3, attempts = 0 where kind = $1 and subject = $2 and state = 'waiting' \
               and due_at = $4";
    run!(tx, sql, [kind, subject, now, Timestamp::FAR]).await?;
    announce(tx, kind).await
}

/// Marks jobs as dead that were written before a moment and are still held. Returns how many.
pub(in crate::store) async fn give_up_held(
    tx: &mut Tx,
    kind: JobKind,
    before: Timestamp,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let sql = "update jobs set state = 'dead', due_at = $3, ended_at = $3, \
               last_error = 'it was held until its retention ended' \
               where kind = $1 and state = 'waiting' and due_at = $4 and create_at < $2";
    run!(tx, sql, [kind, before, now, Timestamp::FAR]).await
}
