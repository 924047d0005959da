//! Stored values that a call reads and changes.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use crate::model::{PluginId, StoredValue, Timestamp, ValueChange};
use crate::runtime::limits::{MAX_CHANGED_BYTES, MAX_CHANGED_KEYS, MAX_READ_KEYS};

/// The values that this call changed or read, as it sees them.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Values {
    changed: BTreeMap<String, ValueState>,
    /// Keys that the guest read. What it writes there may depend on the value it read.
    read: HashSet<String>,
}

/// A key as this call left it.
#[derive(Debug, PartialEq)]
pub(in crate::runtime) enum Own<'a> {
    Untouched,
    Deleted,
    Value(&'a StoredValue),
}

/// What is in the store under a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::runtime) struct Base {
    /// Is 0 if the key is absent.
    pub(in crate::runtime) version: i64,
    /// Bytes of key and value; 0 if absent.
    pub(in crate::runtime) size: usize,
}

/// Why a write is refused.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::runtime) enum WriteError {
    Conflict,
    TooMuch(String),
}

#[derive(Debug)]
struct ValueState {
    base: Base,
    expected: Option<i64>,
    value: Option<StoredValue>,
    /// The highest version used for this key, so that none is used twice.
    last_version: i64,
}

// === impl Values ===

impl Values {
    pub(in crate::runtime) fn own(&self, key: &str) -> Own<'_> {
        match self.changed.get(key).map(|changed| changed.value.as_ref()) {
            None => Own::Untouched,
            Some(None) => Own::Deleted,
            Some(Some(value)) => Own::Value(value),
        }
    }

    /// Records that the guest read this key from the store. Returns false if it has read too many keys.
    pub(in crate::runtime) fn note_read(&mut self, key: &str) -> bool {
        if self.read.len() >= MAX_READ_KEYS && !self.read.contains(key) {
            return false;
        }
        self.read.insert(key.to_owned());
        true
    }

    /// Returns what the store has under a key that this call already changed.
    pub(in crate::runtime) fn base(&self, key: &str) -> Option<Base> {
        self.changed.get(key).map(|changed| changed.base)
    }

    /// Records a write and returns the new version. `base` is what the store has.
    pub(in crate::runtime) fn put(
        &mut self,
        key: &str,
        base: Base,
        if_version: Option<i64>,
        bytes: Vec<u8>,
        expires_at: Option<Timestamp>,
    ) -> Result<i64, WriteError> {
        self.check_version(key, base, if_version)?;
        self.check_room(key, bytes.len())?;
        let changed = self.entry(key, base, if_version.is_some());
        changed.last_version += 1;
        changed.value = Some(StoredValue { bytes, version: changed.last_version, expires_at });
        Ok(changed.last_version)
    }

    pub(in crate::runtime) fn delete(&mut self, key: &str, base: Base) -> Result<(), WriteError> {
        self.check_room(key, 0)?;
        self.entry(key, base, false).value = None;
        Ok(())
    }

    /// Returns one change per key.
    pub(super) fn into_changes(self, plugin: &PluginId, at: Timestamp) -> Vec<ValueChange> {
        let changes = self.changed.into_iter().filter_map(|(key, changed)| {
            let ValueState { base, expected, value, .. } = changed;
            // The key is absent before and after.
            if base.version == 0 && value.is_none() {
                return None;
            }
            Some(ValueChange { plugin: plugin.clone(), key, expected, value, at })
        });
        changes.collect()
    }

    /// Returns by how many bytes the plugin's values grow if a value of `size` bytes (key included) is put there,
    /// including everything recorded before.
    pub(in crate::runtime) fn growth_with(&self, key: &str, base: Base, size: usize) -> i64 {
        let others = self.changed.iter().filter(|(other, _)| *other != key).map(|(key, changed)| {
            let now = changed.value.as_ref().map_or(0, |value| key.len() + value.bytes.len());
            signed(now) - signed(changed.base.size)
        });
        others.sum::<i64>() + signed(size) - signed(base.size)
    }

    /// Counts the store's keys that this call hides from a listing.
    pub(in crate::runtime) fn deleted_with(&self, prefix: &str, after: Option<&str>) -> usize {
        self.range(prefix, after).filter(|(_, changed)| changed.value.is_none()).count()
    }

    /// Returns a listing as this call sees it. `stored` holds the store's keys in order, [`Self::deleted_with`] more
    /// than `limit` unless there are no more.
    pub(in crate::runtime) fn list(
        &self,
        stored: Vec<String>,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<String> {
        let own = self.range(prefix, after).filter(|(_, changed)| changed.value.is_some());
        let mut keys: Vec<String> = stored
            .into_iter()
            .filter(|key| !self.changed.contains_key(key))
            .chain(own.map(|(key, _)| key.clone()))
            .collect();
        keys.sort_unstable();
        keys.truncate(limit);
        keys
    }

    fn range<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a String, &'a ValueState)> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.changed
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    fn check_version(&self, key: &str, base: Base, if_version: Option<i64>) -> Result<(), WriteError> {
        let current = match self.own(key) {
            Own::Value(value) => value.version,
            Own::Deleted => 0,
            Own::Untouched => base.version,
        };
        match if_version {
            Some(wanted) if wanted != current => Err(WriteError::Conflict),
            _ => Ok(()),
        }
    }

    fn check_room(&self, key: &str, size: usize) -> Result<(), WriteError> {
        if self.changed.len() >= MAX_CHANGED_KEYS && !self.changed.contains_key(key) {
            return Err(WriteError::TooMuch(format!("one call may change at most {MAX_CHANGED_KEYS} keys")));
        }
        let others = self.changed.iter().filter(|(other, _)| *other != key);
        let held: usize =
            others.filter_map(|(_, changed)| changed.value.as_ref()).map(|value| value.bytes.len()).sum();
        if held + size > MAX_CHANGED_BYTES {
            return Err(WriteError::TooMuch(format!("one call may write at most {MAX_CHANGED_BYTES} bytes")));
        }
        Ok(())
    }

    /// Returns the change of a key, which is created if this is the first. The store checks the version if the guest
    /// saw it through a read or `if-version`, so that another call's write is never overwritten unseen.
    fn entry(&mut self, key: &str, base: Base, checked: bool) -> &mut ValueState {
        let seen = checked || self.read.contains(key);
        self.changed.entry(key.to_owned()).or_insert_with(|| ValueState {
            base,
            expected: seen.then_some(base.version),
            value: None,
            last_version: base.version,
        })
    }
}

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
