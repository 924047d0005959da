//! Time, and the ids that sort by it. The clock is passed in everywhere, so that tests control the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::model::{Sortable, Timestamp};

/// Returns the time and creates time-sorted ids. Cheap to clone; all clones agree.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    /// A std mutex is enough, because it is held for nanoseconds and never across an await.
    order: Mutex<Order>,
}

/// What keeps ids and stamps of one process in the order of their creation.
#[derive(Debug)]
struct Order {
    /// Counts within a millisecond.
    ids: uuid::ContextV7,
    /// The latest stamp.
    latest: Timestamp,
}

/// How much older the id of a row may be than its stamp: a plugin's call makes ids when it begins, and ends within
/// this time.
const ID_AGE: Duration = Duration::from_mins(1);

impl Order {
    /// Returns the latest stamp if the clock is behind it.
    fn ahead_of(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.latest).filter(|latest| now < *latest && *latest <= now.plus(MAX_AHEAD))
    }
}

/// How far stamps may be ahead of a clock that was set back. If it was set back further, they follow it, and new rows
/// sort before old ones.
const MAX_AHEAD: Duration = Duration::from_hours(30 * 24);

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
        let order = Mutex::new(Order { ids: uuid::ContextV7::new(), latest: Timestamp::NEVER });
        Self(Arc::new(Inner { source, order }))
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

    /// Returns the time for a row that sorts by it. It is never earlier than a stamp returned before; while the clock
    /// is behind those, each stamp is a millisecond later than the last one.
    pub fn stamp(&self) -> Timestamp {
        let now = self.now();
        let mut order = self.order();
        order.latest = order.ahead_of(now).map_or(now, |latest| latest.plus(Duration::from_millis(1)));
        order.latest
    }

    /// Makes all stamps later than those of an earlier run of the server, whose newest row has an id of this moment.
    pub fn continue_after(&self, newest: Timestamp) {
        let ahead = newest.as_millis().saturating_sub(self.now().as_millis());
        if ahead > 0 {
            tracing::warn!(milliseconds = ahead, "the clock is behind the newest row: it was set back");
            let mut order = self.order();
            order.latest = order.latest.max(newest.plus(ID_AGE));
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

    /// Creates an id that sorts after every id this process created before, and after its stamps.
    pub fn id<T: Sortable>(&self) -> T {
        let now = self.now();
        let order = self.order();
        let millis = order.ahead_of(now).unwrap_or(now).as_unsigned_millis();
        let nanos = u32::try_from(millis % 1000 * 1_000_000).unwrap_or(0);
        T::from_uuid(uuid::Uuid::new_v7(uuid::Timestamp::from_unix(&order.ids, millis / 1000, nanos)))
    }

    fn order(&self) -> MutexGuard<'_, Order> {
        self.0.order.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn stamps_go_on_while_the_clock_is_behind_them() {
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        let (first, first_id) = (clock.stamp(), clock.id::<PostId>());
        assert_eq!(clock.stamp(), first);
        clock.set_back(Duration::from_hours(24));
        let (second, second_id) = (clock.stamp(), clock.id::<PostId>());
        assert_eq!(second, first.plus(Duration::from_millis(1)));
        assert!(first_id < second_id);
        assert_eq!(second_id.created_at(), Some(second));
        clock.advance(Duration::from_hours(25));
        assert_eq!(clock.stamp(), clock.now());
    }

    #[test]
    fn stamps_follow_a_clock_that_is_set_back_far() {
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        clock.continue_after(clock.now().plus(MAX_AHEAD).minus(ID_AGE));
        assert_eq!(clock.stamp(), Timestamp::from_millis(1_700_000_000_001).plus(MAX_AHEAD));
        assert_eq!(clock.stamp(), clock.now());
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = Clock::manual(Timestamp::from_millis(5));
        clock.clone().advance(Duration::from_secs(1));
        assert_eq!(clock.now(), Timestamp::from_millis(1005));
    }
}
