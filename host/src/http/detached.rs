//! Requests that run to their end after their client hangs up.
//!
//! hyper drops the future of a request when its connection closes. A request that changes something must not stop
//! between its commit and the publication of its events, so it runs as a task, which the server also waits for when it
//! stops.

use std::panic::resume_unwind;

use axum::extract::Request;
use axum::response::IntoResponse;

use super::middleware::{Middleware, NextService, Responding};
use super::problem::{Problem, Shape};
use crate::shutdown::Tasks;

/// Spawns every request that may change something.
#[derive(Debug, Clone)]
pub(super) struct RunToCompletion {
    pub(super) tasks: Tasks,
}

impl Middleware for RunToCompletion {
    fn handle(&self, request: Request, next: &mut impl NextService) -> Responding {
        let may_change = may_change(&request);
        let work = next.call(request);
        if !may_change {
            return Box::pin(work);
        }
        let task = self.tasks.spawn(work);
        Box::pin(async move {
            match task.await {
                Ok(response) => response,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    // The runtime is shutting down and has cancelled the task.
                    Err(_) => Ok(Problem::stopping().into_response()),
                },
            }
        })
    }
}

/// The signed API counts as changing with every method, because its clients also send changes by GET.
fn may_change(request: &Request) -> bool {
    !request.method().is_safe() || Shape::of(request.uri().path()) == Shape::Signed
}
