//! A bounded map that forgets the keys that were not set for the longest time.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values by key in two generations. When the newer one is full, the older one is dropped: a value that was set among
/// the last `size` keys is still there. Keys are hashed with a secret of this process, and only their hash is kept, so
/// that a client cannot choose a key that shares another one's value.
#[derive(Debug)]
pub struct Generations<V> {
    hasher: RandomState,
    /// The most keys in one generation.
    size: usize,
    maps: Mutex<Maps<V>>,
}

#[derive(Debug)]
pub(super) struct Maps<V> {
    pub(super) newer: HashMap<u64, V>,
    pub(super) older: HashMap<u64, V>,
}

impl<V: Clone> Generations<V> {
    pub fn new(size: usize) -> Self {
        let maps = Maps { newer: HashMap::new(), older: HashMap::new() };
        Self { hasher: RandomState::new(), size, maps: Mutex::new(maps) }
    }

    pub fn get(&self, key: &(impl Hash + ?Sized)) -> Option<V> {
        let key = self.hasher.hash_one(key);
        self.maps().get(key)
    }

    pub fn set(&self, key: &(impl Hash + ?Sized), value: V) {
        let key = self.hasher.hash_one(key);
        self.maps().set(key, value, self.size);
    }

    pub fn remove(&self, key: &(impl Hash + ?Sized)) {
        let key = self.hasher.hash_one(key);
        let mut maps = self.maps();
        maps.newer.remove(&key);
        maps.older.remove(&key);
    }

    /// Sets a key to what `change` makes of its value, while no other caller can change it. Returns what `change`
    /// returns beside it.
    pub fn update<T>(&self, key: &impl Hash, change: impl FnOnce(Option<V>) -> (V, T)) -> T {
        let key = self.hasher.hash_one(key);
        let mut maps = self.maps();
        let (value, result) = change(maps.get(key));
        maps.set(key, value, self.size);
        result
    }

    pub(super) fn maps(&self) -> MutexGuard<'_, Maps<V>> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone> Maps<V> {
    fn get(&self, key: u64) -> Option<V> {
        self.newer.get(&key).or_else(|| self.older.get(&key)).cloned()
    }

    fn set(&mut self, key: u64, value: V, size: usize) {
        if self.newer.len() >= size && !self.newer.contains_key(&key) {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, value);
    }
}
