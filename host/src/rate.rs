//! Token buckets stored as one number each: the moment at which the bucket will be full again (the generic cell rate
//! algorithm). A full bucket needs no entry.
//!
//! `governor` has the same algorithm, but its keyed store grows until the caller sweeps it, and it does not report
//! when a bucket is full again, which `X-Ratelimit-Reset` needs. With our own bounded store and clock around it, only
//! the twelve lines of [`Buckets::draw`] would be left to it.

mod generations;

use std::hash::Hash;

pub use generations::Generations;

use crate::model::Timestamp;

/// Buckets in one generation. A bucket that is dropped with its generation starts full again.
const GENERATION: usize = 32 * 1024;

const SECOND: i64 = 1_000_000;

#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub per_second: u32,
    pub burst: u32,
}

/// The result of drawing from a bucket.
#[derive(Debug, PartialEq, Eq)]
pub struct Draw {
    pub allowed: bool,
    pub limit: u32,
    pub remaining: i64,
    /// Seconds until the bucket is full.
    pub reset: i64,
    /// Seconds until the bucket has a token; 0 if it has one.
    pub retry_after: i64,
}

/// A bucket per key, bounded in number.
#[derive(Debug)]
pub struct Buckets {
    rate: Rate,
    /// When each bucket will be full again, in microseconds.
    full_at: Generations<i64>,
}

impl Buckets {
    pub fn new(rate: Rate) -> Self {
        Self { rate, full_at: Generations::new(GENERATION) }
    }

    /// Takes a token, if there is one.
    pub fn draw(&self, key: &impl Hash, now: Timestamp) -> Draw {
        let now = now.as_millis().saturating_mul(1000);
        let (full, allowed) = self.full_at.update(key, |full| {
            // If the clock was set back, the bucket is empty at most, so that it does not stay empty until the clock
            // has caught up.
            let full = full.unwrap_or(0).clamp(now, now + self.depth());
            let after = full + self.interval();
            let allowed = after - now <= self.depth();
            let full = if allowed { after } else { full };
            (full, (full, allowed))
        });
        Draw {
            allowed,
            limit: self.rate.burst,
            remaining: (self.depth() - (full - now)) / self.interval(),
            reset: seconds(full - now),
            retry_after: seconds(full + self.interval() - self.depth() - now),
        }
    }

    /// Puts back a token that was drawn for what turned out to belong to another bucket.
    pub fn give_back(&self, key: &impl Hash) {
        self.full_at.update(key, |full| (full.unwrap_or(0) - self.interval(), ()));
    }

    /// Returns how long one token takes to refill.
    fn interval(&self) -> i64 {
        (SECOND / i64::from(self.rate.per_second.max(1))).max(1)
    }

    /// Returns how long an empty bucket takes to become full.
    fn depth(&self) -> i64 {
        self.interval() * i64::from(self.rate.burst.max(1))
    }
}

/// Converts to seconds, rounded up and never negative.
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
        let draw = |remaining, reset| Draw { allowed: true, limit: 3, remaining, reset, retry_after: 0 };
        assert_eq!(buckets.draw(&7, at(0)), draw(2, 1));
        assert_eq!(buckets.draw(&7, at(0)), draw(1, 1));
        assert_eq!(buckets.draw(&7, at(0)), Draw { retry_after: 1, ..draw(0, 2) });
        let none = Draw { allowed: false, limit: 3, remaining: 0, reset: 2, retry_after: 1 };
        assert_eq!(buckets.draw(&7, at(0)), none);
        assert_eq!(buckets.draw(&7, at(499)), none);
        assert_eq!(buckets.draw(&8, at(499)), draw(2, 1));
        assert!(buckets.draw(&7, at(500)).allowed && !buckets.draw(&7, at(500)).allowed);
        assert_eq!(buckets.draw(&7, at(60_000)), draw(2, 1));
    }

    #[test]
    fn a_token_that_is_given_back_can_be_drawn_again() {
        let buckets = Buckets::new(Rate { per_second: 1, burst: 1 });
        assert!(buckets.draw(&7, at(0)).allowed && !buckets.draw(&7, at(0)).allowed);
        buckets.give_back(&7);
        assert!(buckets.draw(&7, at(0)).allowed && !buckets.draw(&7, at(0)).allowed);
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_an_empty_bucket_that_fills() {
        let buckets = Buckets::new(Rate { per_second: 2, burst: 3 });
        for _ in 0..3 {
            assert!(buckets.draw(&7, at(86_400_000)).allowed);
        }
        assert!(!buckets.draw(&7, at(0)).allowed);
        assert!(buckets.draw(&7, at(500)).allowed);
    }

    #[test]
    fn the_number_of_buckets_is_bounded_and_a_busy_one_stays() {
        let buckets = Buckets::new(Rate { per_second: 1, burst: 1 });
        let many = GENERATION * 5;
        assert!(buckets.draw(&0, at(0)).allowed);
        for other in 1..many {
            assert!(buckets.draw(&other, at(0)).allowed);
            assert!(other % 1000 != 0 || !buckets.draw(&0, at(0)).allowed);
        }
        let maps = buckets.full_at.maps();
        assert!(maps.newer.len() <= GENERATION && maps.older.len() <= GENERATION);
    }
}
