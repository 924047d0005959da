//! Rows kept between requests: bounded, and used only while no write may have changed them (see [`Generation`]).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::{Cache as Kept, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::generation::Generation;
use super::{Db, StoreError};

/// The largest weight of the values of a kind, by [`Load::weight`]. Past it, those used least are dropped. A value that
/// is heavier by itself is not kept.
const MAX_WEIGHT: u64 = 3 * 1024 * 1024 / 2;

/// About what most values weigh, for the size of the table.
const USUAL_WEIGHT: u64 = 1024;

/// A value that can be read for many keys at once.
pub(super) trait Load: Send + Sync + Sized + 'static {
    type Key: Eq + Hash + Clone + Send + Sync + 'static;

    /// Whether values may be cached. New posts, and the rows written with them, must not change a cached one.
    const CACHED: bool;

    /// About how many bytes a cached value takes.
    fn weight(&self) -> usize {
        size_of::<Self>()
    }

    /// Loads the values that exist for these keys. Each key is given once.
    fn load(
        db: &Db,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self>, StoreError>> + Send;
}

/// The values of a kind. Cheap to clone.
pub(super) struct Cache<T: Load>(Option<Arc<Inner<T>>>);

struct Inner<T: Load> {
    generation: Generation,
    values: Kept<T::Key, Entry<T>, Weight>,
}

struct Entry<T> {
    /// The generation in which the value was read.
    generation: u64,
    value: Arc<T>,
}

#[derive(Clone)]
struct Weight;

impl<T: Load> Cache<T> {
    /// Returns a cache that keeps nothing if new posts change the values.
    pub(super) fn of(db: &Db) -> Self {
        Self(T::CACHED.then(|| Arc::new(Inner { generation: db.generation().clone(), values: empty() })))
    }

    /// Returns the number that a value read from now on has, or `None` if it cannot be kept.
    pub(super) fn generation(&self) -> Option<u64> {
        self.0.as_ref()?.generation.current()
    }

    pub(super) fn get(&self, key: &T::Key) -> Option<Arc<T>> {
        let inner = self.0.as_ref()?;
        let current = inner.generation.current()?;
        let entry = inner.values.get(key)?;
        (entry.generation == current).then_some(entry.value)
    }

    /// Keeps a value that was read after `generation` was returned.
    pub(super) fn insert(&self, generation: Option<u64>, key: T::Key, value: Arc<T>) {
        if let (Some(inner), Some(generation)) = (&self.0, generation) {
            inner.values.insert(key, Entry { generation, value });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|inner| inner.values.is_empty())
    }

    pub(super) fn clear(&self) {
        if let Some(inner) = &self.0 {
            inner.values.clear();
        }
    }
}

/// One shard, so that a single value may take all of the weight: the audience of a large channel takes megabytes.
#[expect(clippy::expect_used, reason = "every option without a default is set")]
fn empty<T: Load>() -> Kept<T::Key, Entry<T>, Weight> {
    let items = usize::try_from(MAX_WEIGHT / USUAL_WEIGHT).unwrap_or(usize::MAX);
    let options = OptionsBuilder::new()
        .shards(1)
        .estimated_items_capacity(items)
        .weight_capacity(MAX_WEIGHT)
        .build()
        .expect("complete options");
    Kept::with_options(options, Weight, DefaultHashBuilder::default(), DefaultLifecycle::default())
}

impl<T: Load> Weighter<T::Key, Entry<T>> for Weight {
    fn weight(&self, _: &T::Key, entry: &Entry<T>) -> u64 {
        u64::try_from(entry.value.weight()).unwrap_or(u64::MAX).max(1)
    }
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self { generation: self.generation, value: Arc::clone(&self.value) }
    }
}

impl<T: Load> Clone for Cache<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
