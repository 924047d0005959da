//! Jobs: a claimed job belongs to its worker until the lease ends, and only the last claim can settle it.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use jackfield::clock::Clock;
use jackfield::model::{
    Changes, ClaimedJob, JobId, JobKind, JobOutcome, MAX_JOB_ERROR, MAX_JOB_PAYLOAD, NewJob, Timestamp,
};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::{Backend, TestStore, each_backend, soon};
use serde_json::json;

use super::rows::unknown;

const LEASE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_hours(1);
const TICK: Duration = Duration::from_millis(1);

/// Returns a job that is due now.
pub(super) fn job(clock: &Clock, subject: &str) -> NewJob {
    NewJob {
        id: clock.id(),
        kind: JobKind::Mail,
        subject: subject.to_owned(),
        payload: json!({"kind": "notice", "text": "ü\"'"}),
        unique_key: None,
        due_at: clock.now(),
        create_at: clock.now(),
    }
}

async fn write(store: &TestStore, jobs: Vec<NewJob>) {
    store.commit(Changes { jobs, ..Changes::default() }).await.unwrap();
}

/// Returns `count` jobs, each due a millisecond after the previous one; the last is due now.
async fn jobs(store: &TestStore, count: usize) -> Vec<NewJob> {
    let mut jobs = Vec::new();
    for number in 0..count {
        store.clock.advance(TICK);
        jobs.push(job(&store.clock, &number.to_string()));
    }
    write(store, jobs.clone()).await;
    jobs
}

pub(super) async fn claim(store: &TestStore, limit: usize) -> Vec<ClaimedJob> {
    claim_beside(store, limit, Vec::new()).await
}

async fn claim_beside(store: &TestStore, limit: usize, running: Vec<JobId>) -> Vec<ClaimedJob> {
    let now = store.clock.now();
    store.jobs().claim(JobKind::Mail, now, now.plus(LEASE), limit, running).await.unwrap()
}

pub(super) fn ids(claimed: &[ClaimedJob]) -> Vec<JobId> {
    claimed.iter().map(|job| job.id.clone()).collect()
}

async fn settle(store: &TestStore, job: &ClaimedJob, outcome: JobOutcome) -> bool {
    store.jobs().settle(job, outcome).await.unwrap()
}

fn dead(store: &TestStore) -> JobOutcome {
    JobOutcome::Dead { at: store.clock.now(), error: "550 no".to_owned() }
}

fn done(store: &TestStore) -> JobOutcome {
    JobOutcome::Done { at: store.clock.now() }
}

async fn retry(store: &TestStore, id: &JobId) -> bool {
    store.jobs().retry(JobKind::Mail, id, store.clock.now()).await.unwrap()
}

each_backend! {
    async fn jobs_are_claimed_once_the_longest_due_first(store: TestStore) {
        let jobs = jobs(&store, 5).await;
        let later = NewJob { due_at: store.clock.now().plus(TICK), ..job(&store.clock, "later") };
        write(&store, vec![later.clone()]).await;
        let first = claim(&store, 2).await;
        let expected: Vec<ClaimedJob> = jobs[..2]
            .iter()
            .map(|job| ClaimedJob {
                id: job.id.clone(),
                kind: job.kind,
                subject: job.subject.clone(),
                payload: job.payload.clone(),
                attempts: 1,
                fencing: 1,
                due_at: job.due_at,
            })
            .collect();
        assert_eq!(first, expected);
        assert_eq!(ids(&claim(&store, 9).await), [2, 3, 4].map(|at: usize| jobs[at].id.clone()));
        assert_eq!(claim(&store, 9).await, []);
        let next = async || store.jobs().next_due(JobKind::Mail, store.clock.now()).await.unwrap();
        assert_eq!(next().await, Some(later.due_at));
        store.clock.advance(TICK);
        assert_eq!(next().await, None, "it is due");
        assert_eq!(ids(&claim(&store, 9).await), [later.id]);
    }
}

each_backend! {
    async fn concurrent_claims_do_not_overlap(store: TestStore) {
        jobs(&store, 40).await;
        let claims = soon("eight claims", join_all((0..8).map(|_| claim(&store, 5)))).await;
        let claimed: Vec<JobId> = claims.iter().flat_map(|claim| ids(claim)).collect();
        let mut distinct: BTreeSet<JobId> = claimed.iter().cloned().collect();
        assert_eq!(distinct.len(), claimed.len());
        // A claim may skip jobs that a concurrent claim is taking; the next claim gets the rest.
        let rest = claim(&store, 100).await;
        distinct.extend(ids(&rest));
        assert_eq!((distinct.len(), claimed.len() + rest.len()), (40, 40));
        for claim in &claims {
            assert!(claim.is_sorted_by_key(|job| job.due_at));
        }
    }
}

each_backend! {
    async fn a_lease_ends_by_the_clock_and_its_claim_counts_as_an_attempt(store: TestStore) {
        let jobs = jobs(&store, 2).await;
        assert_eq!(ids(&claim(&store, 1).await), [jobs[0].id.clone()]);
        store.clock.advance(LEASE.saturating_sub(TICK));
        assert_eq!(ids(&claim(&store, 9).await), [jobs[1].id.clone()]);
        store.clock.advance(TICK);
        let again = claim(&store, 9).await;
        assert_eq!((ids(&again), again[0].attempts, again[0].fencing), (vec![jobs[0].id.clone()], 2, 2));
        // A worker does not claim a job that it still runs, even if the clock jumped.
        store.clock.advance(HOUR);
        assert_eq!(claim_beside(&store, 9, jobs.iter().map(|job| job.id.clone()).collect()).await, []);
        assert_eq!(ids(&claim_beside(&store, 9, vec![jobs[0].id.clone()]).await), [jobs[1].id.clone()]);
    }
}

each_backend! {
    async fn leases_and_fencing_numbers_survive_a_restart(store: TestStore) {
        jobs(&store, 1).await;
        let late = claim(&store, 1).await.remove(0);
        let store = store.reopen().await;
        assert_eq!(claim(&store, 9).await, []);
        store.clock.advance(LEASE);
        let held = claim(&store, 9).await.remove(0);
        assert_eq!((held.attempts, held.fencing), (2, 2));
        assert!(!settle(&store, &late, done(&store)).await);
        assert!(settle(&store, &held, done(&store)).await);
    }
}

each_backend! {
    async fn only_the_last_claim_settles_a_job_and_only_once(store: TestStore) {
        jobs(&store, 1).await;
        let late = claim(&store, 1).await.remove(0);
        store.clock.advance(LEASE);
        let held = claim(&store, 1).await.remove(0);
        for outcome in [done(&store), dead(&store), JobOutcome::Discarded] {
            assert!(!settle(&store, &late, outcome).await);
        }
        assert!(settle(&store, &held, dead(&store)).await);
        for outcome in [done(&store), dead(&store), JobOutcome::Discarded] {
            assert!(!settle(&store, &held, outcome).await);
        }
        let mail = store.mails().get(&held.id).await.unwrap().expect("the job is there");
        assert_eq!((mail.last_error.as_str(), mail.ended_at), ("550 no", store.clock.now()));
    }
}

each_backend! {
    async fn a_failed_attempt_is_due_again_and_keeps_its_bounded_error(store: TestStore) {
        jobs(&store, 1).await;
        let held = claim(&store, 1).await.remove(0);
        let due_at = store.clock.now().plus(HOUR);
        let error = "ü".repeat(MAX_JOB_ERROR + 1);
        assert!(settle(&store, &held, JobOutcome::Retry { due_at, error }).await);
        let mail = store.mails().get(&held.id).await.unwrap().expect("the job is there");
        assert_eq!((mail.due_at, mail.attempts, mail.ended_at), (due_at, 1, Timestamp::NEVER));
        assert_eq!(mail.last_error, "ü".repeat(MAX_JOB_ERROR));
        store.clock.advance(HOUR.saturating_sub(TICK));
        assert_eq!(claim(&store, 9).await, []);
        store.clock.advance(TICK);
        assert_eq!(claim(&store, 9).await[0].attempts, 2);
    }
}

each_backend! {
    async fn a_retry_makes_a_job_due_and_voids_older_claims(store: TestStore) {
        jobs(&store, 1).await;
        let late = claim(&store, 1).await.remove(0);
        assert!(!retry(&store, &late.id).await, "it is being tried");
        store.clock.advance(LEASE);
        assert!(retry(&store, &late.id).await);
        assert!(!settle(&store, &late, done(&store)).await);
        let held = claim(&store, 1).await.remove(0);
        assert_eq!((held.attempts, held.fencing), (1, 3));
        assert!(settle(&store, &held, dead(&store)).await);
        assert!(retry(&store, &held.id).await, "a dead job is tried again");
        let held = claim(&store, 1).await.remove(0);
        assert!(settle(&store, &held, done(&store)).await);
        assert!(!retry(&store, &held.id).await, "it is done");
        assert!(!retry(&store, &unknown()).await);
    }
}

each_backend! {
    async fn a_key_is_unique_until_its_job_is_claimed(store: TestStore) {
        let keyed = || NewJob { unique_key: Some("anna".to_owned()), ..job(&store.clock, "anna") };
        let (first, second, third) = (keyed(), keyed(), keyed());
        let other = NewJob { unique_key: Some("bob".to_owned()), ..job(&store.clock, "bob") };
        write(&store, vec![first.clone(), second.clone()]).await;
        write(&store, vec![second, other.clone()]).await;
        assert_eq!(ids(&claim(&store, 9).await), [first.id, other.id]);
        write(&store, vec![third.clone()]).await;
        assert_eq!(ids(&claim(&store, 9).await), [third.id]);
    }
}

each_backend! {
    async fn ended_jobs_are_removed_in_batches_after_their_retention(store: TestStore) {
        let jobs = jobs(&store, 3).await;
        let held = claim(&store, 9).await;
        let at = store.clock.now();
        assert!(settle(&store, &held[0], done(&store)).await);
        assert!(settle(&store, &held[1], dead(&store)).await);
        let remove = async |before: Timestamp, limit: i64| {
            store.jobs().remove_ended(JobKind::Mail, before, limit).await.unwrap()
        };
        assert_eq!(remove(at, 9).await, 0);
        assert_eq!(remove(at.plus(TICK), 1).await, 1);
        assert_eq!(remove(at.plus(TICK), 9).await, 1);
        assert_eq!(remove(at.plus(HOUR), 9).await, 0);
        store.clock.advance(LEASE);
        assert_eq!(ids(&claim(&store, 9).await), [jobs[2].id.clone()]);
    }
}

each_backend! {
    async fn a_payload_that_is_too_long_fails_its_unit_of_work(store: TestStore) {
        let long = NewJob { payload: json!("x".repeat(MAX_JOB_PAYLOAD)), ..job(&store.clock, "long") };
        let jobs = vec![job(&store.clock, "short"), long];
        store.commit(Changes { jobs, ..Changes::default() }).await.unwrap_err();
        assert_eq!(claim(&store, 9).await, []);
        let fits = NewJob { payload: json!("x".repeat(MAX_JOB_PAYLOAD - 2)), ..job(&store.clock, "fits") };
        write(&store, vec![fits.clone()]).await;
        assert_eq!(claim(&store, 9).await[0].payload, fits.payload);
    }
}

each_backend! {
    async fn a_commit_with_jobs_wakes_the_worker(store: TestStore) {
        let handle = store.jobs();
        let mut waiting = std::pin::pin!(handle.woken(JobKind::Mail));
        assert_eq!(waiting.as_mut().now_or_never(), None);
        let jobs = jobs(&store, 1).await;
        soon("the worker is woken", waiting).await;
        assert_eq!(handle.woken(JobKind::Mail).now_or_never(), None, "once");
        assert!(retry(&store, &jobs[0].id).await);
        assert_eq!(handle.woken(JobKind::Mail).now_or_never(), Some(()), "also if it did not wait then");
        // The job exists already.
        store.commit(Changes { jobs, ..Changes::default() }).await.unwrap_err();
        assert_eq!(handle.woken(JobKind::Mail).now_or_never(), None, "a failed commit wakes nothing");
    }
}

each_backend! {
    async fn a_node_is_woken_for_jobs_of_other_nodes(store: TestStore) {
        if store.backend == Backend::Sqlite {
            return;
        }
        let tasks = Tasks::default();
        let other = Store::open_as_server(store.url(), 2, &tasks).await.unwrap().jobs();
        // The listener takes a moment to start, so each job is another attempt to wake it.
        let woken = async {
            while tokio::time::timeout(Duration::from_millis(50), other.woken(JobKind::Mail)).await.is_err() {
                jobs(&store, 1).await;
            }
        };
        soon("the other node is woken", woken).await;
        drop(other);
        tasks.stop();
        soon("the listener ends", tasks.finished()).await;
    }
}

each_backend! {
    async fn a_claim_takes_few_jobs_about_one_subject(store: TestStore) {
        let busy = (0..5).map(|_| job(&store.clock, "busy")).collect::<Vec<_>>();
        let idle = job(&store.clock, "idle");
        write(&store, [busy.clone(), vec![idle.clone()]].concat()).await;
        let now = store.clock.now();
        let claim = async |limit: usize, running: Vec<(JobId, String)>| {
            let span = (now, now.plus(LEASE));
            ids(&store.jobs().claim_few(JobKind::Mail, span, limit, 2, running).await.unwrap())
        };
        let running = |jobs: &[NewJob]| -> Vec<(JobId, String)> {
            jobs.iter().map(|job| (job.id.clone(), job.subject.clone())).collect()
        };
        assert_eq!(claim(9, Vec::new()).await, [busy[0].id.clone(), busy[1].id.clone(), idle.id]);
        assert_eq!(claim(9, running(&busy[..2])).await, []);
        assert_eq!(claim(9, running(&busy[..1])).await, [busy[2].id.clone()]);
        assert_eq!(claim(1, Vec::new()).await, [busy[3].id.clone()]);
    }
}

each_backend! {
    async fn a_new_server_ends_the_claims_of_a_dead_one_where_it_is_the_only_one(store: TestStore) {
        jobs(&store, 1).await;
        let late = claim(&store, 1).await.remove(0);
        store.jobs().end_claims().await.unwrap();
        let again = claim(&store, 9).await;
        if store.backend == Backend::Postgres {
            assert_eq!(again, []);
            return;
        }
        assert_eq!((ids(&again), again[0].fencing), (vec![late.id.clone()], 2));
        assert!(!settle(&store, &late, done(&store)).await);
        assert!(settle(&store, &again[0], done(&store)).await);
    }
}
