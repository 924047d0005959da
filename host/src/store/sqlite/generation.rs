//! Counts the writes that may have changed cached rows. Its bench and figure are those of the cache, in `batch_loader`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of units of work written, except those that only write posts and their rows.
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
