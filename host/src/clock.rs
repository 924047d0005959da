//! Time, and the ids that sort by it. The clock is passed in everywhere, so that tests control the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::model::{Sortable, Timestamp};

/// Returns the time and creates time-sorted ids. Cheap to clone; all clones agree.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    /// Counts within a millisecond, so that ids of one process sort in the order of their creation. A std mutex is
    /// enough, because it is held for nanoseconds and never across an await.
    order: Mutex<uuid::ContextV7>,
}

#[derive(Debug)]
enum Source {
    System,
    Manual {
        millis: AtomicI64,
        /// Wakes sleepers whenever the time moves.
        moved: Notify,
    },
}

impl Clock {
    pub fn system() -> Self {
        Self::new(Source::System)
    }

    /// Creates a clock that stands still until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        let millis = AtomicI64::new(start.as_millis());
        Self::new(Source::Manual { millis, moved: Notify::new() })
    }

    fn new(source: Source) -> Self {
        Self(Arc::new(Inner { source, order: Mutex::new(uuid::ContextV7::new()) }))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0.source {
            Source::System => Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()),
            Source::Manual { millis, .. } => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock. The system's clock moves by itself.
    pub fn advance(&self, span: Duration) {
        if let Source::Manual { millis, moved } = &self.0.source {
            millis.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
            moved.notify_waiters();
        }
    }

    /// Sets a manual clock back, as an administrator does with a wrong one. Sleepers wait for their moment.
    pub fn set_back(&self, span: Duration) {
        if let Source::Manual { millis, .. } = &self.0.source {
            millis.fetch_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Waits until this much time has passed on this clock.
    pub fn sleep(&self, span: Duration) -> impl Future<Output = ()> + use<> {
        // Counted from the call, not from the future's first poll.
        let (clock, due) = (self.clone(), self.now().plus(span));
        async move {
            match &clock.0.source {
                Source::System => tokio::time::sleep(span).await,
                Source::Manual { .. } => clock.sleep_until(due).await,
            }
        }
    }

    /// Waits until this clock reaches a moment. Returns at once if the moment is past.
    pub async fn sleep_until(&self, due: Timestamp) {
        match &self.0.source {
            Source::System => {
                let left = due.as_millis().saturating_sub(self.now().as_millis());
                tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0))).await;
            }
            Source::Manual { moved, .. } => loop {
                // Registered before the time is read, so that a move in between is not missed.
                let mut moving = std::pin::pin!(moved.notified());
                moving.as_mut().enable();
                if self.now() >= due {
                    return;
                }
                moving.await;
            },
        }
    }

    /// Creates an id that sorts after every id this process created before.
    pub fn id<T: Sortable>(&self) -> T {
        let millis = self.now().as_unsigned_millis();
        let nanos = u32::try_from(millis % 1000 * 1_000_000).unwrap_or(0);
        let order = self.0.order.lock().unwrap_or_else(PoisonError::into_inner);
        T::from_uuid(uuid::Uuid::new_v7(uuid::Timestamp::from_unix(&*order, millis / 1000, nanos)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PostId;

    #[test]
    fn ids_of_one_millisecond_sort_in_the_order_they_were_made() {
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        let ids: Vec<PostId> = (0..1000).map(|_| clock.id()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = Clock::manual(Timestamp::from_millis(5));
        clock.clone().advance(Duration::from_secs(1));
        assert_eq!(clock.now(), Timestamp::from_millis(1005));
    }
}
