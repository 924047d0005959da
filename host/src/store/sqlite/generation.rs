//! The number of the last write that may have changed what is cached.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many units of work were written that may change anything: all but posts and what comes with them.
#[derive(Clone, Default)]
pub(in crate::store) struct Generation(Arc<AtomicU64>);

impl Generation {
    pub(in crate::store) fn current(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn advance(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}
