//! Slows down password guessing: after some failures, further guesses must wait longer each time.
//!
//! Failures are counted per account and network, so that strangers cannot keep the owner of an account out: the owner's
//! network has its own count. A device that has signed in to the account before ([`super::device`]) is counted by
//! itself, so that it gets in even from the network that the guesses come from. All guesses of one network share a
//! second, larger count. There is deliberately no wait per account alone, because an attacker who keeps guessing
//! would then decide when the owner may sign in; guesses from many networks appear in the audit, and hashing bounds
//! their speed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::AccessError;
use crate::model::{Timestamp, UserId, client_network};

/// Failures at one account, from one network or device, before the first wait.
const FREE_OF_ACCOUNT: u32 = 10;

/// Failures from one network before the first wait: more, because many users may share an address.
const FREE_OF_NETWORK: u32 = 50;

/// The longest wait. The first is one second, and each further failure doubles it.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// How long after the last failure all of them are forgotten.
const FORGIVEN: Duration = Duration::from_hours(1);

/// Most counts remembered. Past it, the quarter that failed longest ago is forgotten.
const REMEMBERED: usize = 20_000;

/// Failures of one account that are audited each; after them every doubling is.
const AUDITED: u32 = 10;

/// Remembers failures, in this process only. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<Mutex<HashMap<Key, Failures>>>);

/// What failures are counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// An account, or a login that no account has, as tried from one network.
    Account(String, Option<IpAddr>),
    Network(IpAddr),
    /// An account as tried from a device that has signed in to it before.
    Device(UserId, String),
    /// The password of the caller's own account, as sent with a session.
    Session(UserId),
    /// All failures at an account, for the audit only.
    Audit(UserId),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// One attempt to prove a password.
#[derive(Debug, Clone)]
pub(super) struct PasswordAttempt(Vec<Key>);

impl PasswordAttempt {
    /// An attempt by a stranger. `login` identifies it if the account does not exist, so that guessing names is slowed
    /// down too.
    pub(super) fn of_stranger(account: Option<&UserId>, login: &str, address: Option<IpAddr>) -> Self {
        const LONGEST_LOGIN: usize = 128;
        let network = address.map(client_network);
        let account = account.map_or_else(
            || format!("?{}", login.to_lowercase().chars().take(LONGEST_LOGIN).collect::<String>()),
            |id| id.as_str().to_owned(),
        );
        let network_key = network.map(Key::Network);
        Self(std::iter::once(Key::Account(account, network)).chain(network_key).collect())
    }

    /// An attempt by a device that has signed in to the account before.
    pub(super) fn of_device(account: &UserId, device: String) -> Self {
        Self(vec![Key::Device(account.clone(), device)])
    }

    /// An attempt by a signed-in caller for their own account.
    pub(super) fn of_session(account: &UserId) -> Self {
        Self(vec![Key::Session(account.clone())])
    }
}

impl Throttle {
    /// Counts an attempt as failed until it succeeds, so that concurrent attempts count too. If there is still time to
    /// wait, the attempt is refused and not counted.
    pub(super) fn begin(&self, attempt: &PasswordAttempt, now: Timestamp) -> Result<(), AccessError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &attempt.0 {
            if let Some(failures) = known.get_mut(key)
                && let Some(left) = failures.left(key, now)
            {
                return Err(AccessError::TooManyAttempts(left));
            }
        }
        for key in &attempt.0 {
            count(&mut known, key, now);
        }
        Ok(())
    }

    /// Forgets the failures of the account's own count. The network is only relieved of this one.
    pub(super) fn succeeded(&self, attempt: &PasswordAttempt) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &attempt.0 {
            if let Key::Network(_) = key {
                uncount(&mut known, key);
            } else {
                known.remove(key);
            }
        }
    }

    /// Takes an attempt back that neither succeeded nor failed. Earlier failures stay.
    pub(super) fn withdraw(&self, attempt: &PasswordAttempt) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &attempt.0 {
            uncount(&mut known, key);
        }
    }

    /// Counts a wrong password for the audit. Returns the account's failures within the hour if this one is to be
    /// audited: the first few, and then every doubling, so that guessing cannot fill the audit.
    pub(super) fn audited_failure(&self, account: &UserId, now: Timestamp) -> Option<u32> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = count(&mut known, &Key::Audit(account.clone()), now);
        (failures <= AUDITED || failures.is_power_of_two()).then_some(failures)
    }
}

impl Failures {
    /// Returns the remaining wait.
    fn left(&mut self, key: &Key, now: Timestamp) -> Option<Duration> {
        let free = match key {
            Key::Network(_) => FREE_OF_NETWORK,
            Key::Audit(_) => return None,
            Key::Account(..) | Key::Device(..) | Key::Session(_) => FREE_OF_ACCOUNT,
        };
        // If the clock was set back, the wait begins now, rather than when the clock has caught up.
        self.last = self.last.min(now);
        let doublings = self.count.checked_sub(free)?.min(20);
        let until = self.last.plus(Duration::from_secs(1 << doublings).min(LONGEST_WAIT));
        let left = until.as_millis() - now.as_millis();
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }
}

/// Counts one failure, and returns how many there are.
fn count(known: &mut HashMap<Key, Failures>, key: &Key, now: Timestamp) -> u32 {
    if known.len() >= REMEMBERED {
        forget_oldest(known);
    }
    let failures = known.entry(key.clone()).or_insert(Failures { count: 0, last: now });
    if failures.last.plus(FORGIVEN) <= now {
        failures.count = 0;
    }
    failures.count = failures.count.saturating_add(1);
    failures.last = now;
    failures.count
}

/// Takes one failure back.
fn uncount(known: &mut HashMap<Key, Failures>, key: &Key) {
    if let Some(failures) = known.get_mut(key) {
        failures.count = failures.count.saturating_sub(1);
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

    fn stranger(login: &str, address: &str) -> PasswordAttempt {
        PasswordAttempt::of_stranger(None, login, Some(address.parse().unwrap()))
    }

    fn left(throttle: &Throttle, attempt: &PasswordAttempt, now: Timestamp) -> Option<Duration> {
        match throttle.begin(attempt, now) {
            Err(AccessError::TooManyAttempts(left)) => Some(left),
            _ => None,
        }
    }

    #[test]
    fn waits_start_at_the_eleventh_failure_and_double() {
        let (throttle, anna) = (Throttle::default(), PasswordAttempt::of_stranger(None, "anna", None));
        for _ in 0..FREE_OF_ACCOUNT {
            assert_eq!(left(&throttle, &anna, at(100)), None);
        }
        assert_eq!(left(&throttle, &anna, at(100)), Some(Duration::from_secs(1)));
        assert_eq!(left(&throttle, &anna, at(101)), None);
        assert_eq!(left(&throttle, &anna, at(101)), Some(Duration::from_secs(2)));
        assert_eq!(left(&throttle, &PasswordAttempt::of_stranger(None, "bob", None), at(101)), None);
        let mut now = at(103);
        for _ in 0..20 {
            assert_eq!(left(&throttle, &anna, now), None);
            now = now.plus(LONGEST_WAIT);
        }
        assert_eq!(left(&throttle, &anna, now.minus(Duration::from_secs(1))), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_success_or_a_quiet_hour_forgets_failures() {
        let (throttle, anna) = (Throttle::default(), stranger("anna", "1.2.3.4"));
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
        let attempt = |n: u32| stranger(&n.to_string(), "1.2.3.4");
        for n in 0..FREE_OF_NETWORK {
            assert_eq!(left(&throttle, &attempt(n), at(0)), None);
        }
        assert_eq!(left(&throttle, &attempt(999), at(0)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn guesses_from_one_network_do_not_keep_the_owner_out_of_another() {
        let (throttle, account) = (Throttle::default(), UserId::try_from("k".repeat(26)).unwrap());
        let from = |address: &str| {
            PasswordAttempt::of_stranger(Some(&account), "anna", Some(address.parse().unwrap()))
        };
        while left(&throttle, &from("2001:db8::1"), at(0)).is_none() {}
        // One client has a whole /64 of addresses.
        assert!(left(&throttle, &from("2001:db8::ffff:2"), at(0)).is_some());
        assert_eq!(left(&throttle, &from("2001:db8:0:1::1"), at(0)), None);
        // A device that has signed in before gets in even from that network.
        assert_eq!(left(&throttle, &PasswordAttempt::of_device(&account, "d".to_owned()), at(0)), None);
        assert_eq!(left(&throttle, &PasswordAttempt::of_session(&account), at(0)), None);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_prolong_a_wait() {
        let (throttle, anna) = (Throttle::default(), stranger("anna", "1.2.3.4"));
        while left(&throttle, &anna, at(100_000)).is_none() {}
        assert_eq!(left(&throttle, &anna, at(10)), Some(Duration::from_secs(1)));
        assert_eq!(left(&throttle, &anna, at(11)), None);
    }

    #[test]
    fn the_first_failures_and_then_every_doubling_are_audited() {
        let (throttle, account) = (Throttle::default(), UserId::try_from("k".repeat(26)).unwrap());
        let audited: Vec<u32> = (0..70).filter_map(|_| throttle.audited_failure(&account, at(0))).collect();
        assert_eq!(audited, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 32, 64]);
    }

    #[test]
    fn the_table_of_failures_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..=REMEMBERED {
            let now = Timestamp::from_millis(i64::try_from(n).unwrap());
            assert_eq!(left(&throttle, &PasswordAttempt::of_stranger(None, &n.to_string(), None), now), None);
        }
        assert!(throttle.0.lock().unwrap().len() <= REMEMBERED);
    }
}
