//! Turns for work that takes long, so that it leaves most of the server to others: few run at once in total, and one
//! for each account. Further work waits in line.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::{BudgetExhausted, PATIENCE};
use crate::model::UserId;

/// The turns of one kind of work. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Turns {
    kind: &'static str,
    patience: Duration,
    all: Arc<Semaphore>,
    /// A semaphore of one permit for each account that has a turn or waits for one.
    accounts: Arc<Mutex<HashMap<UserId, Arc<Semaphore>>>>,
}

/// The right to do the work now. It ends when this is dropped.
#[derive(Debug)]
#[must_use = "the turn ends when it is dropped"]
pub struct Turn {
    // Dropped in this order: the place leaves the map once no permit refers to it.
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _entry: AccountEntry,
}

/// An account's place in the map. The last one of an account removes it.
#[derive(Debug)]
struct AccountEntry {
    turns: Turns,
    account: UserId,
}

impl Turns {
    /// Creates turns of which `count` run at once. `kind` names the work in errors, in the plural.
    pub fn new(kind: &'static str, count: usize) -> Self {
        let all = Arc::new(Semaphore::new(count));
        Self { kind, patience: PATIENCE, all, accounts: Arc::default() }
    }

    /// Waits in line for a turn: as long as other work waits for memory. After that the work is refused.
    pub async fn take(&self, account: &UserId) -> Result<Turn, BudgetExhausted> {
        let entry = AccountEntry { turns: self.clone(), account: account.clone() };
        let own =
            self.accounts().entry(account.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone();
        let waiting = async {
            let own = own.acquire_owned().await?;
            Ok::<_, AcquireError>((self.all.clone().acquire_owned().await?, own))
        };
        match timeout(self.patience, waiting).await {
            Ok(Ok((all, own))) => Ok(Turn { _all: all, _own: own, _entry: entry }),
            Ok(Err(_)) | Err(_) => Err(BudgetExhausted { kind: self.kind }),
        }
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<UserId, Arc<Semaphore>>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AccountEntry {
    fn drop(&mut self) {
        let mut accounts = self.turns.accounts();
        // Only the map refers to it: no other request of the account has a turn or waits.
        if accounts.get(&self.account).is_some_and(|own| Arc::strong_count(own) == 1) {
            accounts.remove(&self.account);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn account(letter: &str) -> UserId {
        letter.repeat(26).parse().unwrap()
    }

    #[tokio::test]
    async fn an_account_has_one_turn_and_all_have_few() {
        let turns = Turns::new("tests", 2);
        let [a, b, c] = ["a", "b", "c"].map(account);
        let first = turns.take(&a).await.unwrap();
        let mut again = Box::pin(turns.take(&a));
        assert!((&mut again).now_or_never().is_none());
        let second = turns.take(&b).await.unwrap();
        let mut third = Box::pin(turns.take(&c));
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        // The account's second request has waited longer for its own turn, the other for any.
        assert!((&mut third).now_or_never().is_some());
        drop(second);
        assert!((&mut again).now_or_never().is_some());
        drop((again, third));
        assert!(turns.accounts().is_empty());
    }

    #[tokio::test]
    async fn work_that_waits_too_long_is_refused_and_forgotten() {
        let turns = Turns { patience: Duration::ZERO, ..Turns::new("tests", 1) };
        let turn = turns.take(&account("a")).await.unwrap();
        assert_eq!(turns.take(&account("b")).await.unwrap_err(), BudgetExhausted { kind: "tests" });
        assert_eq!(turns.accounts().len(), 1);
        drop(turn);
        assert!(turns.accounts().is_empty());
    }
}
