//! Memory budgets. Work that needs much memory reserves it first, and waits in line or is refused while other work of
//! its kind has it all. So the server's memory is bounded in total, not only per request.
//!
//! A default server lives in 512 MB: [`Budgets::default`] hands out at most 440 MB, and the server itself needs
//! about 64. The rest is for what is in no budget: see "Memory" in ARCHITECTURE.md.

mod turns;

use std::sync::Arc;
use std::time::Duration;

pub use turns::{Turn, Turns};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long most work waits in line for memory. After that it is refused with [`BudgetExhausted`].
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How soon refused work may be tried again: the `Retry-After` of such a response, in seconds.
pub const RETRY_AFTER: u32 = 5;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Memory that one password hash takes: Argon2id's default of 19 MiB.
pub const HASH: usize = 19 * MIB;

/// Memory that one picture may take while it is decoded. One that needs more is a plain file.
pub const PICTURE: usize = 112 * MIB;

/// How long pictures wait in line: a client that opens a channel with many photographs asks for all of them at once.
const PICTURE_PATIENCE: Duration = Duration::from_mins(1);

/// The budgets of one server. Each is a handle that the parts of the server share.
#[derive(Debug, Clone)]
pub struct Budgets {
    /// Password hashes: three at once. Further sign-ins wait.
    pub hashes: Budget,
    /// Password hashes for devices that have signed in before: one at a time, beside those of strangers.
    pub known_hashes: Budget,
    /// Pictures that are decoded. One picture may need all of it; further ones wait.
    pub pictures: Budget,
    /// Memory of running plugin calls. A call that grows beyond it fails.
    pub plugins: Budget,
    /// Rows and texts of lists that are being read and rendered. Further lists wait.
    pub lists: Budget,
    /// Responses that clients have not read yet. When little is left, clients that read slowly lose their connection.
    pub responses: Budget,
    /// Responses that wait for their place among `responses`, except lists, which keep their place among `lists` until
    /// then. Further ones are refused at once.
    pub waiting_responses: Budget,
    /// Request bodies that are being received whole. When little is left, slow clients get a 408.
    pub bodies: Budget,
    /// Responses of the receivers of outgoing webhooks. Further ones wait to be read.
    pub replies: Budget,
    /// Searches of texts, which may compare many of them.
    pub searches: Turns,
    /// Counts of unread mentions, which read the posts of a channel.
    pub mention_counts: Turns,
}

/// An amount of memory that work of one kind shares. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Budget {
    kind: &'static str,
    /// The whole budget, in KiB.
    total: u32,
    patience: Duration,
    /// What is left: one permit per KiB.
    free: Arc<Semaphore>,
}

/// Memory that some work has reserved. It returns to the budget when this is dropped.
#[derive(Debug)]
#[must_use = "the memory returns to the budget when the reservation is dropped"]
pub struct Reservation {
    budget: Budget,
    bytes: usize,
    held: Option<OwnedSemaphorePermit>,
}

/// The memory for work of this kind was in use for too long, or the work needs more than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server has no memory left for more {kind}; try again in a few seconds")]
pub struct BudgetExhausted {
    kind: &'static str,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            hashes: Budget::new("password checks", 3 * HASH / KIB),
            known_hashes: Budget::new("password checks", HASH / KIB),
            pictures: Budget::new("pictures", PICTURE / KIB).with_patience(PICTURE_PATIENCE),
            plugins: Budget::new("plugin calls", 128 * MIB / KIB),
            lists: Budget::new("lists", 48 * MIB / KIB),
            responses: Budget::new("responses", 24 * MIB / KIB),
            waiting_responses: Budget::new("responses", 8 * MIB / KIB),
            bodies: Budget::new("request bodies", 36 * MIB / KIB),
            replies: Budget::new("responses of webhooks", 8 * MIB / KIB),
            searches: Turns::new("searches", 2),
            mention_counts: Turns::new("counts of unread mentions", 2),
        }
    }
}

impl Budget {
    /// Creates a budget of this many KiB. `kind` names the work in errors, in the plural.
    pub fn new(kind: &'static str, kib: usize) -> Self {
        let most = usize::try_from(u32::MAX).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let total = kib.min(most);
        let free = Arc::new(Semaphore::new(total));
        Self { kind, total: u32::try_from(total).unwrap_or(u32::MAX), patience: PATIENCE, free }
    }

    /// Sets how long work waits in line.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Returns a budget of at least this many bytes, for work that needs so much at once.
    #[must_use]
    pub fn at_least(self, bytes: usize) -> Self {
        let kib = kib(bytes);
        if kib <= self.total() { self } else { Self::new(self.kind, kib).with_patience(self.patience) }
    }

    /// Reserves this many bytes. If they are in use, waits in line as long as the budget is patient. More than the
    /// whole budget is refused at once.
    pub async fn reserve(&self, bytes: usize) -> Result<Reservation, BudgetExhausted> {
        let mut reservation = self.empty();
        reservation.grow(bytes).await?;
        Ok(reservation)
    }

    /// Reserves this many bytes, or fails at once.
    pub fn try_reserve(&self, bytes: usize) -> Result<Reservation, BudgetExhausted> {
        let mut reservation = self.empty();
        reservation.try_grow(bytes)?;
        Ok(reservation)
    }

    /// Returns a reservation of nothing, for work that learns as it goes how much it needs.
    pub fn empty(&self) -> Reservation {
        Reservation { budget: self.clone(), bytes: 0, held: None }
    }

    /// Whether less than a quarter is left, so that slow work should make room.
    pub fn is_short(&self) -> bool {
        self.free.available_permits() < self.total() / 4
    }

    /// Returns the whole budget, in KiB.
    fn total(&self) -> usize {
        usize::try_from(self.total).unwrap_or(usize::MAX)
    }

    /// Returns the error of work that gets nothing from this budget.
    pub fn exhausted(&self) -> BudgetExhausted {
        BudgetExhausted { kind: self.kind }
    }
}

impl Reservation {
    /// Returns the budget that this is a part of.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Returns how much is reserved, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Reserves this many bytes more. If they are in use, waits in line as [`Budget::reserve`] does. On failure the
    /// reservation stays as it was.
    ///
    /// Work that grows while it holds memory can wait for other work that does the same, until one of them is refused.
    /// If the need is known, reserve it at once.
    pub async fn grow(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        let more = self.needs(bytes)?;
        if more > 0 {
            let waiting = self.budget.free.clone().acquire_many_owned(more);
            let Ok(Ok(permit)) = timeout(self.budget.patience, waiting).await else {
                return Err(self.budget.exhausted());
            };
            self.add(permit);
        }
        self.bytes += bytes;
        Ok(())
    }

    /// Reserves this many bytes more, or fails at once and leaves the reservation as it was.
    pub fn try_grow(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        let more = self.needs(bytes)?;
        if more > 0 {
            let permit = self.budget.free.clone().try_acquire_many_owned(more);
            self.add(permit.map_err(|_| self.budget.exhausted())?);
        }
        self.bytes += bytes;
        Ok(())
    }

    /// Returns all but this many bytes to the budget.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.bytes = self.bytes.min(bytes);
        let (keep, held) = (kib(self.bytes), self.held_kib());
        if let Some(permit) = &mut self.held {
            drop(permit.split(held.saturating_sub(keep)));
        }
    }

    /// Returns the KiB that are missing for this many bytes more, or an error if the budget can never have them.
    fn needs(&self, bytes: usize) -> Result<u32, BudgetExhausted> {
        let wanted = kib(self.bytes.saturating_add(bytes));
        if wanted > self.budget.total() {
            return Err(self.budget.exhausted());
        }
        Ok(u32::try_from(wanted - self.held_kib()).unwrap_or(u32::MAX))
    }

    fn held_kib(&self) -> usize {
        self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    fn add(&mut self, permit: OwnedSemaphorePermit) {
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
    }
}

fn kib(bytes: usize) -> usize {
    bytes.div_ceil(KIB)
}

#[cfg(test)]
mod tests;
