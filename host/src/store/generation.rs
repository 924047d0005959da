//! Counts the writes that may have changed cached rows, so that a cached row is never older than the last of them. Its
//! bench and figure are those of the cache, in `sqlite/batch_loader.rs`.
//!
//! On SQLite every write passes this process's writer. On PostgreSQL other nodes write too: they notify this one
//! (`postgres/listener.rs`), and nothing is read from a cache unless their notifications are known to arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long after a sign of life of the listening connection cached rows are used. A change by another node is seen by
/// the next request here, or after this time at the latest if the connection has failed.
const LEASE: Duration = Duration::from_millis(900);

/// The number of units of work written, except those that change no cached row.
#[derive(Clone)]
pub(in crate::store) struct Generation(Arc<Counter>);

struct Counter {
    number: AtomicU64,
    /// The end of the lease, in milliseconds since `start`.
    valid_until: AtomicU64,
    start: Instant,
}

impl Generation {
    /// Returns the counter of a database that only this process's server writes to.
    pub(in crate::store) fn of_one_writer() -> Self {
        Self::new(u64::MAX)
    }

    /// Returns the counter of a database that others write to. Nothing is cached before the first
    /// [`Generation::renew`].
    pub(in crate::store) fn of_many_writers() -> Self {
        Self::new(0)
    }

    fn new(valid_until: u64) -> Self {
        Self(Arc::new(Counter {
            number: AtomicU64::new(0),
            valid_until: AtomicU64::new(valid_until),
            start: Instant::now(),
        }))
    }

    /// Returns the number, or `None` if writes of other nodes may have gone unnoticed.
    pub(in crate::store) fn current(&self) -> Option<u64> {
        let valid_until = self.0.valid_until.load(Ordering::Acquire);
        let is_valid = valid_until == u64::MAX || self.millis(Instant::now()) < valid_until;
        is_valid.then(|| self.0.number.load(Ordering::Acquire))
    }

    /// Makes every cached row stale.
    pub(in crate::store) fn advance(&self) {
        self.0.number.fetch_add(1, Ordering::Release);
    }

    /// Returns a value that advances the counter when it is dropped: however a commit ends, it may have succeeded.
    pub(in crate::store) fn advance_on_drop(&self) -> AdvanceOnDrop<'_> {
        AdvanceOnDrop(self)
    }

    /// States that every notification sent before `at` has been counted.
    pub(in crate::store) fn renew(&self, at: Instant) {
        self.0.valid_until.store(self.millis(at + LEASE), Ordering::Release);
    }

    /// States that notifications may have been lost.
    pub(in crate::store) fn expire(&self) {
        self.0.valid_until.store(0, Ordering::Release);
        self.advance();
    }

    fn millis(&self, at: Instant) -> u64 {
        u64::try_from(at.duration_since(self.0.start).as_millis()).unwrap_or(u64::MAX - 1)
    }
}

/// See [`Generation::advance_on_drop`].
pub(in crate::store) struct AdvanceOnDrop<'g>(&'g Generation);

impl Drop for AdvanceOnDrop<'_> {
    fn drop(&mut self) {
        self.0.advance();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_shared_database_are_cached_only_while_the_lease_runs() {
        let generation = Generation::of_many_writers();
        assert_eq!(generation.current(), None);
        generation.renew(Instant::now());
        assert_eq!(generation.current(), Some(0));
        drop(generation.advance_on_drop());
        assert_eq!(generation.current(), Some(1));
        generation.expire();
        assert_eq!(generation.current(), None);
        generation.renew(Instant::now());
        assert_eq!(generation.current(), Some(2));
        // A sign of life that is older than the lease.
        if let Some(earlier) = Instant::now().checked_sub(LEASE) {
            generation.renew(earlier);
            assert_eq!(generation.current(), None);
        }
    }

    #[test]
    fn one_writer_needs_no_lease() {
        let generation = Generation::of_one_writer();
        assert_eq!(generation.current(), Some(0));
        generation.advance();
        assert_eq!(generation.current(), Some(1));
    }
}
