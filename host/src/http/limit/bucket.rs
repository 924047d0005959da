//! Token buckets as one number each: the moment at which the bucket will be full again (the generic cell rate
//! algorithm). A bucket that is full is the same as none.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::Timestamp;

/// Buckets one generation holds. When the newer one is full the older one is dropped: a bucket that was not used
/// since so many others were begins anew.
const GENERATION: usize = 32 * 1024;

const SECOND: i64 = 1_000_000;

#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) per_second: u32,
    pub(super) burst: u32,
}

/// What a request found in its bucket.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) allowed: bool,
    pub(super) limit: u32,
    pub(super) remaining: i64,
    /// Seconds until the bucket is full.
    pub(super) reset: i64,
    /// Seconds until there is something in it; 0 when there is.
    pub(super) retry_after: i64,
}

#[derive(Debug)]
pub(super) struct Buckets {
    rate: Rate,
    generations: Mutex<Generations>,
}

/// When each bucket is full again, in microseconds.
#[derive(Debug, Default)]
struct Generations {
    newer: HashMap<u64, i64>,
    older: HashMap<u64, i64>,
}

impl Buckets {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, generations: Mutex::default() }
    }

    /// Takes one out, if there is one.
    pub(super) fn draw(&self, key: u64, now: Timestamp) -> Drawn {
        let now = now.as_millis().saturating_mul(1000);
        let mut generations = self.generations();
        let full = generations.full_at(key).max(now);
        let after = full + self.interval();
        let allowed = after - now <= self.depth();
        let full = if allowed { after } else { full };
        generations.set(key, full);
        drop(generations);
        Drawn {
            allowed,
            limit: self.rate.burst,
            remaining: (self.depth() - (full - now)) / self.interval(),
            reset: seconds(full - now),
            retry_after: seconds(full + self.interval() - self.depth() - now),
        }
    }

    /// Whether this bucket was drawn from, not too long ago.
    pub(super) fn knows(&self, key: u64) -> bool {
        let generations = self.generations();
        generations.newer.contains_key(&key) || generations.older.contains_key(&key)
    }

    pub(super) fn forget(&self, key: u64) {
        let mut generations = self.generations();
        generations.newer.remove(&key);
        generations.older.remove(&key);
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long one takes to come back.
    fn interval(&self) -> i64 {
        (SECOND / i64::from(self.rate.per_second.max(1))).max(1)
    }

    /// How long an empty bucket takes to be full.
    fn depth(&self) -> i64 {
        self.interval() * i64::from(self.rate.burst.max(1))
    }
}

impl Generations {
    fn full_at(&self, key: u64) -> i64 {
        self.newer.get(&key).or_else(|| self.older.get(&key)).copied().unwrap_or(0)
    }

    fn set(&mut self, key: u64, full: i64) {
        if self.newer.len() >= GENERATION && !self.newer.contains_key(&key) {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, full);
    }
}

/// Rounded up, and never negative.
fn seconds(micros: i64) -> i64 {
    (micros.max(0) + SECOND - 1) / SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let buckets = Buckets::new(Rate { per_second: 2, burst: 3 });
        let drawn = |remaining, reset| Drawn { allowed: true, limit: 3, remaining, reset, retry_after: 0 };
        assert_eq!(buckets.draw(7, at(0)), drawn(2, 1));
        assert_eq!(buckets.draw(7, at(0)), drawn(1, 1));
        assert_eq!(buckets.draw(7, at(0)), Drawn { retry_after: 1, ..drawn(0, 2) });
        assert!(buckets.knows(7) && !buckets.knows(8));
        let none = Drawn { allowed: false, limit: 3, remaining: 0, reset: 2, retry_after: 1 };
        assert_eq!(buckets.draw(7, at(0)), none);
        assert_eq!(buckets.draw(7, at(499)), none);
        assert_eq!(buckets.draw(8, at(499)), drawn(2, 1));
        assert!(buckets.draw(7, at(500)).allowed && !buckets.draw(7, at(500)).allowed);
        assert_eq!(buckets.draw(7, at(60_000)), drawn(2, 1));
        buckets.forget(7);
        assert!(!buckets.knows(7));
    }

    #[test]
    fn buckets_are_bounded_and_a_busy_one_is_not_forgotten() {
        let buckets = Buckets::new(Rate { per_second: 1, burst: 1 });
        let many = u64::try_from(GENERATION * 5).unwrap();
        assert!(buckets.draw(0, at(0)).allowed);
        for other in 1..many {
            assert!(buckets.draw(other, at(0)).allowed);
            assert!(other % 1000 != 0 || !buckets.draw(0, at(0)).allowed);
        }
        let generations = buckets.generations.lock().unwrap();
        assert!(generations.newer.len() <= GENERATION && generations.older.len() <= GENERATION);
    }
}
