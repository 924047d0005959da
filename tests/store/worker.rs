//! The worker's loop over a store: concurrent jobs and the outcome of each attempt.

use std::time::Duration;

use jackfield::model::{Changes, ClaimedJob, JobId, JobKind, Mail, MailState, Timestamp};
use jackfield::shutdown::Tasks;
use jackfield::store::StoreError;
use jackfield::worker::{Attempt, Handler, JobLimits, Worker};
use jackfield_tests::{TestStore, each_backend, soon};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::jobs::job;

const AT_ONCE: usize = 4;

const KEEP: Duration = Duration::from_hours(48);

/// Passes each job to the test, which decides the outcome of the attempt.
struct ScriptedHandler {
    started: mpsc::UnboundedSender<StartedAttempt>,
}

struct StartedAttempt {
    job: ClaimedJob,
    end: oneshot::Sender<Attempt>,
}

impl Handler for ScriptedHandler {
    const KIND: JobKind = JobKind::Mail;

    fn limits(&self) -> JobLimits {
        JobLimits {
            at_once: AT_ONCE,
            per_subject: None,
            attempts: 2,
            timeout: Duration::from_mins(1),
            keep: KEEP,
        }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<Attempt, StoreError> {
        let (end, ended) = oneshot::channel();
        let _ = self.started.send(StartedAttempt { job: job.clone(), end });
        Ok(ended.await.unwrap_or_else(|_| failed(true)))
    }
}

fn failed(permanent: bool) -> Attempt {
    Attempt::Failed { permanent, reason: "no luck".to_owned() }
}

/// A worker on a store, and the attempts that it starts.
struct Bench {
    tasks: Tasks,
    started: Mutex<mpsc::UnboundedReceiver<StartedAttempt>>,
}

impl Bench {
    fn start(store: &TestStore) -> Self {
        let tasks = Tasks::default();
        let (started, attempts) = mpsc::unbounded_channel();
        Worker { jobs: store.jobs(), clock: store.clock.clone(), tasks: tasks.clone() }
            .spawn(ScriptedHandler { started });
        Self { tasks, started: Mutex::new(attempts) }
    }

    async fn next(&self) -> StartedAttempt {
        soon("an attempt", async { self.started.lock().await.recv().await }).await.expect("the worker runs")
    }

    async fn is_idle(&self) -> bool {
        self.started.lock().await.try_recv().is_err()
    }

    async fn stop(self) {
        self.tasks.stop();
        soon("the worker ends", self.tasks.finished()).await;
    }
}

async fn write(store: &TestStore, count: usize) {
    let jobs = (0..count).map(|number| job(&store.clock, &number.to_string())).collect();
    store.commit(Changes { jobs, ..Changes::default() }).await.unwrap();
}

/// Waits until the job is deleted or as expected, and returns it.
async fn until(store: &TestStore, id: &JobId, holds: impl Fn(Option<&Mail>) -> bool) -> Option<Mail> {
    soon("the job is settled", async {
        loop {
            let mail = store.mails().get(id).await.unwrap();
            if holds(mail.as_ref()) {
                return mail;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

fn is_in(state: MailState) -> impl Fn(Option<&Mail>) -> bool {
    move |mail| mail.is_some_and(|mail| mail.state == state)
}

fn end(started: StartedAttempt, attempt: Attempt) {
    started.end.send(attempt).expect("the worker waits for it");
}

each_backend! {
    async fn a_slow_job_holds_up_no_other(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, 3 * AT_ONCE).await;
        let slow = bench.next().await;
        for _ in 1..3 * AT_ONCE {
            end(bench.next().await, Attempt::Done);
        }
        assert!(bench.is_idle().await);
        // The clock jumps past every lease; the worker does not start a job again that it still runs.
        store.clock.advance(Duration::from_hours(1));
        write(&store, 1).await;
        end(bench.next().await, Attempt::Done);
        let id = slow.job.id.clone();
        end(slow, Attempt::Done);
        until(&store, &id, is_in(MailState::Sent)).await;
        assert!(bench.is_idle().await);
        bench.stop().await;
    }
}

each_backend! {
    async fn concurrent_jobs_stay_within_the_limit(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, AT_ONCE + 1).await;
        let mut running = Vec::new();
        for _ in 0..AT_ONCE {
            running.push(bench.next().await);
        }
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert!(bench.is_idle().await);
        running.drain(..).for_each(|started| end(started, Attempt::Done));
        end(bench.next().await, Attempt::Done);
        bench.stop().await;
    }
}

each_backend! {
    async fn a_failed_job_is_tried_again_after_a_backoff_and_then_dead(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, 1).await;
        let first = bench.next().await;
        assert_eq!(first.job.attempts, 1);
        let id = first.job.id.clone();
        end(first, failed(false));
        let failed_at = store.clock.now();
        let is_recorded = |mail: Option<&Mail>| mail.is_some_and(|mail| !mail.last_error.is_empty());
        let mail = until(&store, &id, is_recorded).await.expect("the job is there");
        assert_eq!((mail.state, mail.due_at), (MailState::Waiting, failed_at.plus(Duration::from_mins(1))));
        store.clock.advance(Duration::from_mins(1));
        let second = bench.next().await;
        assert_eq!((&second.job.id, second.job.attempts), (&id, 2));
        end(second, failed(false));
        let mail = until(&store, &id, is_in(MailState::Dead)).await.expect("the job is there");
        assert_eq!(mail.last_error, "no luck");
        bench.stop().await;
    }
}

each_backend! {
    async fn a_handler_decides_when_a_failed_job_is_due_again(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, 1).await;
        let first = bench.next().await;
        // Sooner than the loop looks for due jobs by itself.
        let wait = Duration::from_secs(5);
        let (id, due_at) = (first.job.id.clone(), store.clock.now().plus(wait));
        let later = || Attempt::FailedUntil { due_at, reason: "later".to_owned() };
        end(first, later());
        let mail = until(&store, &id, |mail| mail.is_some_and(|mail| mail.last_error == "later")).await;
        assert_eq!(mail.expect("the job is there").due_at, due_at);
        store.clock.advance(wait);
        let second = bench.next().await;
        assert_eq!((&second.job.id, second.job.attempts), (&id, 2));
        end(second, later());
        until(&store, &id, is_in(MailState::Dead)).await;
        bench.stop().await;
    }
}

each_backend! {
    async fn a_held_job_waits_however_often_it_was_tried(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, 1).await;
        let first = bench.next().await;
        let id = first.job.id.clone();
        end(first, failed(false));
        until(&store, &id, |mail| mail.is_some_and(|mail| mail.last_error == "no luck")).await;
        store.clock.advance(Duration::from_mins(1));
        end(bench.next().await, Attempt::Held { reason: "paused".to_owned() });
        let mail = until(&store, &id, |mail| mail.is_some_and(|mail| mail.last_error == "paused")).await;
        let mail = mail.expect("the job is there");
        assert_eq!((mail.state, mail.due_at), (MailState::Waiting, Timestamp::FAR));
        bench.stop().await;
    }
}

each_backend! {
    async fn a_permanent_failure_is_not_tried_again_and_a_discarded_job_is_gone(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, 2).await;
        let (dead, discarded) = (bench.next().await, bench.next().await);
        let (dead_id, discarded_id) = (dead.job.id.clone(), discarded.job.id.clone());
        end(dead, failed(true));
        end(discarded, Attempt::Discarded);
        until(&store, &dead_id, is_in(MailState::Dead)).await;
        until(&store, &discarded_id, |mail| mail.is_none()).await;
        bench.stop().await;
    }
}

each_backend! {
    async fn a_job_under_way_at_the_stop_is_due_at_once(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, 1).await;
        let started = bench.next().await;
        bench.stop().await;
        let mail = store.mails().get(&started.job.id).await.unwrap().expect("the job is there");
        assert_eq!((mail.state, mail.attempts, mail.due_at), (MailState::Waiting, 1, store.clock.now()));
        assert_eq!(mail.last_error, "the server stopped during the attempt");
        let next = Bench::start(&store);
        let again = next.next().await;
        assert_eq!((&again.job.id, again.job.attempts), (&started.job.id, 2));
        end(again, Attempt::Done);
        next.stop().await;
        assert_eq!(store.mails().get(&started.job.id).await.unwrap().expect("kept").state, MailState::Sent);
    }
}

each_backend! {
    async fn ended_jobs_are_removed_when_their_kind_no_longer_keeps_them(store: TestStore) {
        let bench = Bench::start(&store);
        write(&store, 3).await;
        let (sent, dead, waiting) = (bench.next().await, bench.next().await, bench.next().await);
        let ids = [&sent, &dead, &waiting].map(|started| started.job.id.clone());
        end(sent, Attempt::Done);
        end(dead, failed(true));
        end(waiting, failed(false));
        until(&store, &ids[0], is_in(MailState::Sent)).await;
        until(&store, &ids[1], is_in(MailState::Dead)).await;
        until(&store, &ids[2], |mail| mail.is_some_and(|mail| !mail.last_error.is_empty())).await;
        store.clock.advance(KEEP);
        let again = bench.next().await;
        assert_eq!(again.job.id, ids[2]);
        assert_eq!(store.mails().get(&ids[1]).await.unwrap().expect("kept").state, MailState::Dead);
        store.clock.advance(Duration::from_mins(10));
        until(&store, &ids[0], |mail| mail.is_none()).await;
        until(&store, &ids[1], |mail| mail.is_none()).await;
        assert_eq!(store.mails().get(&ids[2]).await.unwrap().expect("kept").state, MailState::Waiting);
        end(again, Attempt::Done);
        bench.stop().await;
    }
}
