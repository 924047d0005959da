//! Work that goes on to its end when nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::response::Response;
use tokio::runtime::Handle;

use crate::shutdown::Tasks;

/// What answers a request. When its client hangs up, this is dropped, and the work goes on as a task: it must not end
/// between the commit and telling others of it.
pub(super) struct RunToCompletion {
    /// None once it has answered.
    work: Option<Pin<Box<dyn Future<Output = Response> + Send>>>,
    tasks: Tasks,
}

impl RunToCompletion {
    pub(super) fn of(work: impl Future<Output = Response> + Send + 'static, tasks: Tasks) -> Self {
        Self { work: Some(Box::pin(work)), tasks }
    }
}

impl Future for RunToCompletion {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl Drop for RunToCompletion {
    fn drop(&mut self) {
        // What panicked cannot go on, nor can anything once the runtime is gone.
        if let Some(work) = self.work.take()
            && !std::thread::panicking()
            && Handle::try_current().is_ok()
        {
            self.tasks.spawn(async move { drop(work.await) });
        }
    }
}
