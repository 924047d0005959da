//! Counts the memory of one call: its guest's, and what the host holds for it. It remembers a refusal, so that a crash
//! that follows from it is reported as such.

use wasmtime::ResourceLimiter;

use super::limits::MAX_TABLE_ELEMENTS;
use crate::budget::{Budget, Reservation};

#[derive(Debug)]
pub(super) struct Meter {
    pub(super) limit: usize,
    /// What the call uses of the memory of all calls together.
    used: Reservation,
    /// The limit at which the guest's memory last stopped growing.
    pub(super) shortage: Option<Shortage>,
}

/// Which limit refused memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortage {
    /// The call's own.
    Call,
    /// That of all calls together.
    Server,
}

impl Meter {
    pub(super) fn new(limit: usize, budget: &Budget) -> Self {
        Self { limit, used: budget.empty(), shortage: None }
    }

    /// Counts bytes until the call ends, unless there is no room for them.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Shortage> {
        if self.used.bytes().saturating_add(bytes) > self.limit {
            return Err(Shortage::Call);
        }
        self.used.try_grow(bytes).map_err(|_| Shortage::Server)
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let taken = self.take(desired.saturating_sub(current));
        self.shortage = taken.err().or(self.shortage);
        Ok(taken.is_ok())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }
}
