//! Requests that run to their end after their client hangs up.
//!
//! hyper drops the future of a request when its connection closes. A request that changes something must not stop
//! between its commit and telling others of it, so it runs as a task of the server, which also waits for it when it stops.

use std::panic::resume_unwind;

use axum::extract::Request;
use axum::response::IntoResponse;

use super::middleware::{Middleware, Next, Responding};
use super::problem::{Problem, Shape};
use crate::shutdown::Tasks;

/// Spawns every request that may change something.
#[derive(Debug, Clone)]
pub(super) struct RunToCompletion {
    pub(super) tasks: Tasks,
}

impl Middleware for RunToCompletion {
    fn handle(&self, request: Request, next: &mut impl Next) -> Responding {
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
                    // The runtime ends and takes its tasks along.
                    Err(_) => Ok(Problem::stopping().into_response()),
                },
            }
        })
    }
}

/// Clients of the signed API use any method for anything.
fn may_change(request: &Request) -> bool {
    !request.method().is_safe() || Shape::of(request.uri().path()) == Shape::Signed
}
