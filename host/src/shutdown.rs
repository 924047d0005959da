//! The signal to stop, the tasks that end before the process does, and the shape of every periodic loop.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;

/// Spawns the tasks of one server and waits for them when it stops. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    stop: CancellationToken,
    running: TaskTracker,
}

impl Tasks {
    /// Spawns a task that the server waits for when it stops. The task continues if its handle is dropped.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.running.spawn(task)
    }

    /// Spawns a loop that does `work` at once and then every `period`, until the server stops. A failure is logged
    /// under `name`, and the work is tried again in the next period. Long work should check the given [`Tasks`]
    /// between steps.
    pub fn every<H, W, F, E>(&self, clock: &Clock, period: Duration, name: &'static str, handle: H, work: W)
    where
        H: Clone + Send + 'static,
        W: Fn(H, Tasks) -> F + Send + 'static,
        F: Future<Output = Result<(), E>> + Send,
        E: std::error::Error + 'static,
    {
        let (clock, tasks) = (clock.clone(), self.clone());
        self.spawn(async move {
            while !tasks.is_stopping() {
                // Counted from before the work, so that a clock move during the work is not missed.
                let next = clock.sleep(period);
                let done = work(handle.clone(), tasks.clone());
                if let Err(error) = done.await {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(name, error, "periodic work failed; it is done again in the next period");
                }
                tokio::select! {
                    () = tasks.stopping() => {}
                    () = next => {}
                }
            }
        });
    }

    /// Resolves once the server is asked to stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Asks every task to stop, without waiting.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for every task. Call it after [`Tasks::stop`].
    pub async fn finished(&self) {
        self.running.close();
        self.running.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::Timestamp;

    const PERIOD: Duration = Duration::from_mins(1);

    async fn until(count: &AtomicUsize, expected: usize) {
        while count.load(Ordering::SeqCst) != expected {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn periodic_work_is_done_at_once_and_each_period_though_it_fails() {
        let (tasks, clock) = (Tasks::default(), Clock::manual(Timestamp::from_millis(0)));
        let count = Arc::new(AtomicUsize::new(0));
        tasks.every(&clock, PERIOD, "work", count.clone(), |count, _| async move {
            count.fetch_add(1, Ordering::SeqCst);
            Err(std::fmt::Error)
        });
        until(&count, 1).await;
        for turn in 2..5 {
            clock.advance(PERIOD / 2);
            tokio::task::yield_now().await;
            assert_eq!(count.load(Ordering::SeqCst), turn - 1);
            clock.advance(PERIOD / 2);
            until(&count, turn).await;
        }
        tasks.stop();
        tasks.finished().await;
        assert_eq!(count.load(Ordering::SeqCst), 4);
    }
}
