//! Runs jobs. Each kind has a loop of the same shape, which claims due jobs, runs them with the kind's handler, and
//! settles them. A slow kind does not delay the others.
//!
//! A job runs at least once. If a server dies during an attempt, the job can be claimed again once the lease has
//! ended, so handlers must tolerate repetition.
//!
//! What has ended is kept as long as the kind's handler says, and then removed.
//!
//! To add a kind: a variant of `JobKind`, a file in this folder with its [`Handler`], and a line in `start::run_jobs`.

mod backoff;
pub mod delivery;
pub mod echo;
pub mod mail;
pub mod reminder;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{self, JoinSet};

use crate::clock::Clock;
use crate::model::{ClaimedJob, JobId, JobKind, JobOutcome, Timestamp};
use crate::shutdown::Tasks;
use crate::store::{Jobs, StoreError};

/// How often a loop looks for due jobs if nothing wakes it and it knows of none. A job whose worker died starts this
/// much later than its lease ends.
const POLL: Duration = Duration::from_secs(30);

/// How much longer than its limit an attempt may take before it is aborted and counts as failed.
const OVERRUN: Duration = Duration::from_secs(30);

/// How much longer than the longest attempt a lease lasts, to allow for settling the job and for clocks that differ.
const MARGIN: Duration = Duration::from_secs(30);

/// How long a running attempt may still take once the server is asked to stop.
const LAST: Duration = Duration::from_secs(3);

/// How often ended jobs are removed.
const RETENTION_PERIOD: Duration = Duration::from_mins(10);

/// Ended jobs removed in one unit of work, so that other writers get their turn.
const RETENTION_BATCH: i64 = 500;

/// Runs the jobs of one kind.
pub trait Handler: Send + Sync + 'static {
    const KIND: JobKind;

    fn limits(&self) -> JobLimits;

    /// Runs one attempt. An error means that the database failed; the job is retried when its lease has ended.
    fn run(&self, job: &ClaimedJob) -> impl Future<Output = Result<Attempt, StoreError>> + Send;
}

/// Limits of the jobs of one kind.
#[derive(Debug, Clone, Copy)]
pub struct JobLimits {
    /// Most jobs that one node runs at the same time; more wait.
    pub at_once: usize,
    /// Most of them about one subject, so that a slow one leaves room for others. None: no such limit.
    pub per_subject: Option<usize>,
    /// How often a job is tried before it is marked dead.
    pub attempts: i64,
    /// The longest time for one attempt.
    pub timeout: Duration,
    /// How long jobs stay listed, and dead ones can be retried, after they ended.
    pub keep: Duration,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    Done,
    /// Nothing was left to do, and the job is removed.
    Discarded,
    Failed {
        /// Whether another attempt would fail the same way.
        permanent: bool,
        reason: String,
    },
    /// As `Failed`, and the handler decides when the job is due again, if it has attempts left.
    FailedUntil {
        due_at: Timestamp,
        reason: String,
    },
    /// The job waits until it is released, however often it was tried.
    Held {
        reason: String,
    },
}

/// The handles that the loops need. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Worker {
    pub jobs: Jobs,
    pub clock: Clock,
    pub tasks: Tasks,
}

impl Worker {
    /// Starts the loop of one kind, and the removal of its ended jobs; both end when the server stops.
    pub fn spawn<H: Handler>(&self, handler: H) {
        self.run_retention(H::KIND, handler.limits().keep);
        let (worker, tasks) = (self.clone(), self.tasks.clone());
        tasks.spawn(async move { worker.run(Arc::new(handler)).await });
    }

    /// Removes jobs of a kind that ended longer than `keep` ago, until the server stops. [`Worker::spawn`] does so too.
    pub fn run_retention(&self, kind: JobKind, keep: Duration) {
        let remove = move |worker: Self, tasks: Tasks| async move {
            let before = worker.clock.now().minus(keep);
            while !tasks.is_stopping() && worker.jobs.remove_ended(kind, before, RETENTION_BATCH).await? > 0 {
            }
            Ok::<(), StoreError>(())
        };
        self.tasks.every(&self.clock, RETENTION_PERIOD, "retention of jobs", self.clone(), remove);
    }

    async fn run<H: Handler>(&self, handler: Arc<H>) {
        let limits = handler.limits();
        // Tasks, because an attempt goes on while the loop waits for the database: it may hold the connection that the
        // loop waits for.
        let mut attempts = JoinSet::new();
        let mut running: HashMap<task::Id, (JobId, String)> = HashMap::new();
        let mut wake_at = self.clock.now().plus(POLL);
        let mut poll = std::pin::pin!(self.wait_until(wake_at));
        let mut is_due = true;
        while !self.tasks.is_stopping() {
            let free = limits.at_once - running.len();
            // Not after each job that ends, so that one claim serves several jobs.
            if is_due && free * 2 >= limits.at_once {
                // Set before the claim, so that jobs that become due during the claim are not missed.
                let now = self.clock.now();
                wake_at = self.next_due(H::KIND, now).await.min(now.plus(POLL));
                poll.set(self.wait_until(wake_at));
                let claimed = self.claim(H::KIND, &limits, free, running.values().cloned().collect()).await;
                is_due = claimed.len() == free;
                for job in claimed {
                    let about = (job.id.clone(), job.subject.clone());
                    let attempt = attempts.spawn(self.clone().attempt(Arc::clone(&handler), job));
                    running.insert(attempt.id(), about);
                }
            }
            tokio::select! {
                Some(ended) = attempts.join_next_with_id() => {
                    let (task, due_at) = ended.unwrap_or_else(|error| {
                        tracing::error!(kind = H::KIND.as_str(), %error, "an attempt at a job ended unexpectedly");
                        (error.id(), None)
                    });
                    // Others about its subject may have waited for it.
                    is_due |= limits.per_subject.is_some_and(|most| is_full(&running, task, most));
                    running.remove(&task);
                    if let Some(due_at) = due_at {
                        // Claims leave out the jobs of running attempts, also one that became due again meanwhile.
                        is_due |= due_at <= self.clock.now();
                        if due_at < wake_at {
                            wake_at = due_at;
                            poll.set(self.wait_until(wake_at));
                        }
                    }
                }
                () = self.jobs.woken(H::KIND), if !is_due => is_due = true,
                () = &mut poll, if !is_due => is_due = true,
                () = self.tasks.stopping() => {}
            }
        }
        while attempts.join_next().await.is_some() {}
    }

    /// Returns when the next job is due, or a moment far away.
    async fn next_due(&self, kind: JobKind, now: Timestamp) -> Timestamp {
        match self.jobs.next_due(kind, now).await {
            Ok(due_at) => due_at.unwrap_or(Timestamp::FAR),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    kind = kind.as_str(),
                    error,
                    "the next job could not be looked up; polling instead"
                );
                Timestamp::FAR
            }
        }
    }

    async fn claim(
        &self,
        kind: JobKind,
        limits: &JobLimits,
        most: usize,
        running: Vec<(JobId, String)>,
    ) -> Vec<ClaimedJob> {
        let now = self.clock.now();
        let until = now.plus(limits.timeout + OVERRUN + MARGIN);
        let claimed = if let Some(few) = limits.per_subject {
            self.jobs.claim_few(kind, (now, until), most, few, running).await
        } else {
            let running = running.into_iter().map(|(id, _)| id).collect();
            self.jobs.claim(kind, now, until, most, running).await
        };
        claimed.unwrap_or_else(|error| {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(kind = kind.as_str(), error, "jobs could not be claimed; trying again");
            Vec::new()
        })
    }

    /// Runs a job and settles it. Returns when it is to be tried again, if it is.
    async fn attempt<H: Handler>(self, handler: Arc<H>, job: ClaimedJob) -> Option<Timestamp> {
        let (kind, limits) = (H::KIND.as_str(), handler.limits());
        let outcome = tokio::select! {
            ended = tokio::time::timeout(limits.timeout + OVERRUN, handler.run(&job)) => match ended {
                Ok(Ok(attempt)) => self.outcome(&limits, &job, attempt),
                Ok(Err(error)) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(job = %job.id, kind, error, "a job was not tried; its lease has to end first");
                    return None;
                }
                Err(_) => self.outcome(&limits, &job, Attempt::overrun()),
            },
            () = self.cut_off() => {
                let error = "the server stopped during the attempt".to_owned();
                JobOutcome::Retry { due_at: self.clock.now(), error }
            }
        };
        if let JobOutcome::Retry { error, .. } | JobOutcome::Dead { error, .. } = &outcome {
            tracing::warn!(job = %job.id, kind, attempt = job.attempts, error, "an attempt at a job failed");
        }
        let due_at = match &outcome {
            JobOutcome::Retry { due_at, .. } => Some(*due_at),
            _ => None,
        };
        if let Err(error) = self.jobs.settle(&job, outcome).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(job = %job.id, kind, error, "the outcome of a job could not be recorded");
        }
        due_at
    }

    fn outcome(&self, limits: &JobLimits, job: &ClaimedJob, attempt: Attempt) -> JobOutcome {
        let at = self.clock.now();
        match attempt {
            Attempt::Done => JobOutcome::Done { at },
            Attempt::Discarded => JobOutcome::Discarded,
            Attempt::Failed { permanent, reason: error } if permanent || job.attempts >= limits.attempts => {
                JobOutcome::Dead { at, error }
            }
            Attempt::Failed { reason: error, .. } => {
                JobOutcome::Retry { due_at: at.plus(backoff::after(job.attempts)), error }
            }
            Attempt::FailedUntil { reason: error, .. } if job.attempts >= limits.attempts => {
                JobOutcome::Dead { at, error }
            }
            Attempt::FailedUntil { due_at, reason: error } => JobOutcome::Retry { due_at, error },
            Attempt::Held { reason: error } => JobOutcome::Retry { due_at: Timestamp::FAR, error },
        }
    }

    /// Waits until the clock reaches a moment.
    fn wait_until(&self, due_at: Timestamp) -> impl Future<Output = ()> + use<> {
        let clock = self.clock.clone();
        async move { clock.sleep_until(due_at).await }
    }

    /// Resolves when the server's stop must abort running attempts.
    async fn cut_off(&self) {
        self.tasks.stopping().await;
        tokio::time::sleep(LAST).await;
    }
}

/// Whether as many jobs about the subject of this attempt run as may.
fn is_full(running: &HashMap<task::Id, (JobId, String)>, attempt: task::Id, most: usize) -> bool {
    let subject = running.get(&attempt).map(|(_, subject)| subject);
    running.values().filter(|(_, other)| Some(other) == subject).count() >= most
}

impl Attempt {
    fn overrun() -> Self {
        Self::Failed { permanent: false, reason: "the attempt took too long and was cut off".to_owned() }
    }
}
