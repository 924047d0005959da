//! One signal to stop, and the tasks that must hear it before the process ends.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Spawns the tasks of one server and waits for them at its end. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    stop: CancellationToken,
    running: TaskTracker,
}

impl Tasks {
    /// Spawns a task that the server waits for when it stops.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.running.spawn(task);
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

    /// Waits for every task; call after [`Tasks::stop`].
    pub async fn finished(&self) {
        self.running.close();
        self.running.wait().await;
    }
}
