//! `jobs`: stored follow-up work, claimed by one worker at a time. All SQL that changes this table is here and in
//! `writing`.
//!
//! A claim is a lease with a fencing number: it ends by the clock if the worker dies, and a settle from an older claim
//! changes nothing. A unit of work remembers the kinds of the jobs that it writes, and the store wakes their workers
//! after the commit (see [`Wake`]).

mod wake;
mod writing;

use const_format::concatcp;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::types::Json;

use self::wake::announce;
pub(super) use self::wake::{CHANNEL, Wake};
pub(super) use self::writing::{
    count_mails_since, count_waiting_mails, give_up_held, hold, is_claimed, join, kinds, push, redo, release,
    remove_waiting, remove_waiting_mails, reschedule,
};
use super::sqlite::over_rows;
use super::{Db, Store, StoreError};
use crate::model::{ClaimedJob, JobId, JobKind, JobOutcome, JobState, MAX_JOB_ERROR, Timestamp};

/// Inserts rows of [`NewJob`].
const INSERT: &str = "insert into jobs (id, kind, subject, payload, unique_key, state, attempts, fencing, due_at, \
    claimed_until, last_error, create_at, ended_at) select value ->> 'id', value ->> 'kind', value ->> 'subject', \
    value -> 'payload', value ->> 'unique_key', \
    case when value ->> 'unique_key' is null then 'waiting' else 'gathering' end, 0, 0, \
    cast(value ->> 'due_at' as bigint), 0, '', cast(value ->> 'create_at' as bigint), 0";

const PUSH: [&str; 2] =
    over_rows!(INSERT, "where true on conflict (kind, unique_key) where state = 'gathering' do nothing");
// An update that changes nothing locks a gathering job, so that no worker claims it before this commits.
const JOIN: [&str; 2] = over_rows!(
    INSERT,
    "where true on conflict (kind, unique_key) where state = 'gathering' do update set last_error = jobs.last_error \
     returning id"
);

/// Selects jobs as lists show them. Here `kind` is that of the payload, such as a `MailKind`.
const SELECT_JOB: &str = "select id, subject, payload ->> 'kind' as kind, state, attempts, due_at, last_error, \
    create_at, ended_at from jobs ";

const BY_ID: &str = concatcp!(SELECT_JOB, "where kind = $1 and id = $2");
const PAGE: &str = concatcp!(
    SELECT_JOB,
    "where kind = $1 and ($2 = '' or state = $2) and ($3 = '' or id < $3) order by id desc limit $4"
);

/// Joins the job of a delivery `d`.
pub(super) const OF_DELIVERY: &str = "join jobs j on j.id = d.id";

/// Selects the jobs of a claim: due, claimed by no worker, and not running on this one, the longest due first.
macro_rules! claim {
    ($running:literal, $lock:literal) => {
        concatcp!(
            "update jobs set claimed_until = $3, attempts = attempts + 1, fencing = fencing + 1, state = 'waiting' \
             where id in (select id from jobs where kind = $1 and state in ('gathering', 'waiting') and due_at <= $2 \
             and claimed_until <= $2 and id not in (select ",
            $running,
            ") order by due_at, id limit $4",
            $lock,
            ") returning id, kind, subject, payload, attempts, fencing, due_at"
        )
    };
}

// SQLite has one writing connection, so the statement alone is enough for a claim.
const CLAIM: [&str; 2] = [
    claim!("value from json_each($5)", ""),
    claim!("jsonb_array_elements_text($5)", " for update skip locked"),
];

/// As [`CLAIM`], with at most `$6` jobs about one subject beside those that run, whose subjects are `$7`.
macro_rules! claim_few {
    ($running:literal, $subjects:literal, $lock:literal) => {
        concatcp!(
            "update jobs set claimed_until = $3, attempts = attempts + 1, fencing = fencing + 1, state = 'waiting' \
             where id in (select id from jobs where kind = $1 and state in ('gathering', 'waiting') and due_at <= $2 \
             and claimed_until <= $2 and id in (select id from (select id, subject, row_number() over \
             (partition by subject order by due_at, id) as place from jobs where kind = $1 and state in \
             ('gathering', 'waiting') and due_at <= $2 and claimed_until <= $2 and id not in (select ",
            $running,
            ")) placed where place <= $6 - (select count(*) from ",
            $subjects,
            " running where running.value = placed.subject)) order by due_at, id limit $4",
            $lock,
            ") returning id, kind, subject, payload, attempts, fencing, due_at"
        )
    };
}

const CLAIM_FEW: [&str; 2] = [
    claim_few!("value from json_each($5)", "json_each($7)", ""),
    claim_few!("jsonb_array_elements_text($5)", "jsonb_array_elements_text($7)", " for update skip locked"),
];

/// A handle for jobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Jobs(Store);

impl Store {
    /// Returns a handle for the jobs of this store.
    pub fn jobs(&self) -> Jobs {
        Jobs(self.clone())
    }
}

impl Jobs {
    /// Claims up to `limit` jobs of a kind that are due, the longest due first, until `until`. Jobs in `running` are
    /// left out, because the caller still runs them even if the clock jumped past their lease.
    pub async fn claim(
        &self,
        kind: JobKind,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
        running: Vec<JobId>,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = self.0.db.of(CLAIM);
        let claimed: Vec<ClaimedJob> = self
            .0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    Ok(on_tx!(tx, conn => sqlx::query_as(sql).bind(kind).bind(now).bind(until).bind(limit)
                        .bind(Json(&running)).fetch_all(conn).await?))
                })
            })
            .await?;
        Ok(in_order(claimed))
    }

    /// As [`Jobs::claim`], for kinds whose subjects may keep a worker waiting: with those in `running`, at most
    /// `per_subject` jobs about one subject.
    pub async fn claim_few(
        &self,
        kind: JobKind,
        (now, until): (Timestamp, Timestamp),
        limit: usize,
        per_subject: usize,
        running: Vec<(JobId, String)>,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let per_subject = i64::try_from(per_subject).unwrap_or(i64::MAX);
        let (running, subjects): (Vec<JobId>, Vec<String>) = running.into_iter().unzip();
        let sql = self.0.db.of(CLAIM_FEW);
        let claimed: Vec<ClaimedJob> = self
            .0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    Ok(on_tx!(tx, conn => sqlx::query_as(sql).bind(kind).bind(now).bind(until).bind(limit)
                        .bind(Json(&running)).bind(per_subject).bind(Json(&subjects)).fetch_all(conn).await?))
                })
            })
            .await?;
        Ok(in_order(claimed))
    }

    /// Records how an attempt ended. Returns false, and records nothing, if the job was claimed or retried since.
    pub async fn settle(&self, job: &ClaimedJob, outcome: JobOutcome) -> Result<bool, StoreError> {
        let (id, fencing) = (job.id.clone(), job.fencing);
        let (state, due_at, ended_at, error) = match outcome {
            JobOutcome::Done { at } => (JobState::Done, at, at, String::new()),
            JobOutcome::Retry { due_at, error } => (JobState::Waiting, due_at, Timestamp::NEVER, error),
            JobOutcome::Dead { at, error } => (JobState::Dead, at, at, error),
            JobOutcome::Discarded => {
                let rows = unit!(
                    self.0.beside_cache(),
                    "delete from jobs where id = $1 and fencing = $2 and state = 'waiting' and \
                     claimed_until > 0",
                    [&id, fencing]
                )
                .await?;
                return Ok(rows > 0);
            }
        };
        let error: String = error.chars().take(MAX_JOB_ERROR).collect();
        let rows = unit!(
            self.0.beside_cache(),
            "update jobs set state = $3, due_at = $4, ended_at = $5, last_error = $6, claimed_until = 0 \
             where id = $1 and fencing = $2 and state = 'waiting' and claimed_until > 0",
            [&id, fencing, state, due_at, ended_at, &error]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Makes a dead or waiting job due now and resets its attempts, unless it is being tried. Earlier claims become
    /// void. Returns false if the job is in no such state.
    pub async fn retry(&self, kind: JobKind, id: &JobId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    let retried = run!(
                        tx,
                        "update jobs set state = 'waiting', attempts = 0, fencing = fencing + 1, \
                         due_at = $3, claimed_until = 0, ended_at = 0 where kind = $1 and id = $2 \
                         and (state = 'dead' or state in ('gathering', 'waiting') and \
                         claimed_until <= $3)",
                        [kind, &id, now]
                    )
                    .await?;
                    announce(tx, kind).await?;
                    Ok(retried > 0)
                })
            })
            .await
    }

    /// Removes up to `limit` jobs of a kind that were done or dead before this moment. Returns how many were removed.
    pub async fn remove_ended(
        &self,
        kind: JobKind,
        before: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        unit!(
            self.0.beside_cache(),
            "delete from jobs where id in (select id from jobs where kind = $1 and state in ('done', 'dead') \
             and ended_at < $2 order by ended_at limit $3)",
            [kind, before, limit]
        )
        .await
    }

    /// Ends the claims of a server that died, so that a new one tries their jobs at once. It does nothing on
    /// PostgreSQL, where other nodes may hold them: there the jobs are tried when their leases have ended.
    pub async fn end_claims(&self) -> Result<(), StoreError> {
        if matches!(self.0.db, Db::Sqlite { .. }) {
            let sql = "update jobs set claimed_until = 0 where state in ('gathering', 'waiting') \
                       and claimed_until > 0";
            unit!(self.0.beside_cache(), sql, []).await?;
        }
        Ok(())
    }

    /// Returns when the next job of a kind is due after this moment, if there is one.
    pub async fn next_due(&self, kind: JobKind, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql = "select min(due_at) from jobs where kind = $1 and state in ('gathering', 'waiting') and due_at > $2";
        read!(self.0.db, conn => sqlx::query_scalar(sql).bind(kind).bind(now).fetch_one(conn).await)
    }

    /// Resolves when jobs of this kind may have been written since the last call.
    pub async fn woken(&self, kind: JobKind) {
        self.0.wake.woken(kind).await;
    }
}

/// Sorts claimed jobs, the longest due first: `returning` guarantees no order.
fn in_order(mut claimed: Vec<ClaimedJob>) -> Vec<ClaimedJob> {
    claimed.sort_by(|a, b| (a.due_at, &a.id).cmp(&(b.due_at, &b.id)));
    claimed
}

/// Returns a job of a kind, as `T` shows it.
pub(super) async fn get<T: JobRow>(
    store: &Store,
    kind: JobKind,
    id: &JobId,
) -> Result<Option<T>, StoreError> {
    read!(store.db, conn => sqlx::query_as(BY_ID).bind(kind).bind(id).fetch_optional(conn).await)
}

/// Returns the jobs of a kind in this state, or all, newest first, before the given one.
pub(super) async fn list<T: JobRow>(
    store: &Store,
    kind: JobKind,
    state: Option<JobState>,
    before: Option<&JobId>,
    limit: i64,
) -> Result<Vec<T>, StoreError> {
    let state = state.map_or("", JobState::as_str);
    let before = before.map_or("", JobId::as_str);
    read!(store.db, conn => sqlx::query_as(PAGE).bind(kind).bind(state).bind(before).bind(limit).fetch_all(conn).await)
}

/// A row of [`SELECT_JOB`], on both databases.
pub(super) trait JobRow:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> JobRow for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
