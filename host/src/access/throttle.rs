//! Slows down password guessing: after some failures, an account and an address must wait longer each time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::AccessError;
use crate::model::{Timestamp, UserId};

/// Failures of one account before the first wait.
const FREE_OF_ACCOUNT: u32 = 10;

/// Failures from one address before the first wait: more, because many users may share an address.
const FREE_OF_ADDRESS: u32 = 50;

/// The longest wait. The first is one second, and each further failure doubles it.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// How long after the last failure all of them are forgotten.
const FORGIVEN: Duration = Duration::from_hours(1);

/// Most accounts and addresses remembered. Past it, the quarter that failed longest ago is forgotten.
const REMEMBERED: usize = 20_000;

/// Remembers failures, in this process only. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<Mutex<HashMap<Key, Failures>>>);

/// The account, login or address whose failures are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// One attempt to sign in.
#[derive(Debug, Clone)]
pub(super) struct Attempt(Vec<Key>);

impl Attempt {
    /// `login` identifies the attempt if the account does not exist, so that guessing names is slowed down too.
    pub(super) fn of(account: Option<&UserId>, login: &str, address: Option<IpAddr>) -> Self {
        const LONGEST_LOGIN: usize = 128;
        let account = account.map_or_else(
            || format!("?{}", login.to_lowercase().chars().take(LONGEST_LOGIN).collect::<String>()),
            |id| id.as_str().to_owned(),
        );
        Self(std::iter::once(Key::Account(account)).chain(address.map(Key::Address)).collect())
    }
}

impl Throttle {
    /// Counts an attempt as failed until it succeeds, so that concurrent attempts count too. If there is still time to
    /// wait, the attempt is refused and not counted.
    pub(super) fn begin(&self, attempt: &Attempt, now: Timestamp) -> Result<(), AccessError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &attempt.0 {
            if let Some(failures) = known.get(key)
                && let Some(left) = failures.left(key, now)
            {
                return Err(AccessError::TooManyAttempts(left));
            }
        }
        if known.len() >= REMEMBERED {
            forget_oldest(&mut known);
        }
        for key in &attempt.0 {
            let failures = known.entry(key.clone()).or_insert(Failures { count: 0, last: now });
            if failures.last.plus(FORGIVEN) <= now {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
        }
        Ok(())
    }

    /// Forgets the account's failures. The address is only relieved of this one.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &attempt.0 {
            if let Key::Account(_) = key {
                known.remove(key);
            } else if let Some(failures) = known.get_mut(key) {
                failures.count = failures.count.saturating_sub(1);
            }
        }
    }
}

impl Failures {
    /// Returns the remaining wait.
    fn left(&self, key: &Key, now: Timestamp) -> Option<Duration> {
        let free = match key {
            Key::Account(_) => FREE_OF_ACCOUNT,
            Key::Address(_) => FREE_OF_ADDRESS,
        };
        let doublings = self.count.checked_sub(free)?.min(20);
        let until = self.last.plus(Duration::from_secs(1 << doublings).min(LONGEST_WAIT));
        let left = until.as_millis() - now.as_millis();
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }
}

fn forget_oldest(known: &mut HashMap<Key, Failures>) {
    let mut times: Vec<Timestamp> = known.values().map(|failures| failures.last).collect();
    let (_, quarter, _) = times.select_nth_unstable(REMEMBERED / 4);
    let quarter = *quarter;
    known.retain(|_, failures| failures.last > quarter);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn left(throttle: &Throttle, attempt: &Attempt, now: Timestamp) -> Option<Duration> {
        match throttle.begin(attempt, now) {
            Err(AccessError::TooManyAttempts(left)) => Some(left),
            _ => None,
        }
    }

    #[test]
    fn waits_start_at_the_eleventh_failure_and_double() {
        let (throttle, anna) = (Throttle::default(), Attempt::of(None, "anna", None));
        for _ in 0..FREE_OF_ACCOUNT {
            assert_eq!(left(&throttle, &anna, at(100)), None);
        }
        assert_eq!(left(&throttle, &anna, at(100)), Some(Duration::from_secs(1)));
        assert_eq!(left(&throttle, &anna, at(101)), None);
        assert_eq!(left(&throttle, &anna, at(101)), Some(Duration::from_secs(2)));
        assert_eq!(left(&throttle, &Attempt::of(None, "bob", None), at(101)), None);
        let mut now = at(103);
        for _ in 0..20 {
            assert_eq!(left(&throttle, &anna, now), None);
            now = now.plus(LONGEST_WAIT);
        }
        assert_eq!(left(&throttle, &anna, now.minus(Duration::from_secs(1))), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_success_or_a_quiet_hour_forgets_failures() {
        let (throttle, anna) = (Throttle::default(), Attempt::of(None, "anna", Some([1, 2, 3, 4].into())));
        for _ in 0..FREE_OF_ACCOUNT - 1 {
            assert_eq!(left(&throttle, &anna, at(0)), None);
        }
        throttle.succeeded(&anna);
        for _ in 0..FREE_OF_ACCOUNT {
            assert_eq!(left(&throttle, &anna, at(0)), None);
        }
        assert!(left(&throttle, &anna, at(0)).is_some());
        assert_eq!(left(&throttle, &anna, at(3600)), None);
        assert_eq!(left(&throttle, &anna, at(3600)), None);
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_too() {
        let throttle = Throttle::default();
        let attempt = |n: u32| Attempt::of(None, &n.to_string(), Some([1, 2, 3, 4].into()));
        for n in 0..FREE_OF_ADDRESS {
            assert_eq!(left(&throttle, &attempt(n), at(0)), None);
        }
        assert_eq!(left(&throttle, &attempt(999), at(0)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn the_table_of_failures_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..=REMEMBERED {
            let now = Timestamp::from_millis(i64::try_from(n).unwrap());
            assert_eq!(left(&throttle, &Attempt::of(None, &n.to_string(), None), now), None);
        }
        assert!(throttle.0.lock().unwrap().len() <= REMEMBERED);
    }
}
