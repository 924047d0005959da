//! Values the plugin keeps between calls. Writes are committed with the call, so a failed call writes nothing.

use core::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Result;
use crate::host::{self, Host};

/// A stored value and the version to pass to [`Kv::put_if`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The bytes.
    pub value: Vec<u8>,
    /// Counts the writes of this key, from 1.
    pub version: u64,
}

/// Why a stored value could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvError {
    /// The plugin has reached its quota of this many bytes.
    Quota(u64),
    /// Another call wrote the key since it was read.
    Conflict,
    /// The host cannot serve this now.
    Unavailable(String),
    /// Anything else, such as a missing permission or a key that is too long.
    Other(String),
}

/// The plugin's stored values; from [`Ctx::kv`](crate::Ctx::kv).
#[derive(Clone, Copy, Debug)]
pub struct Kv(());

impl Kv {
    pub(crate) const fn new() -> Self {
        Self(())
    }

    /// Reads a value.
    pub fn get(&self, key: &str) -> Result<Option<Entry>> {
        Ok(host::call(|host| Host::kv_get(host, key))?)
    }

    /// Reads a value that was written with [`Kv::put_json`].
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        match self.get(key)? {
            Some(entry) => Ok(Some(serde_json::from_slice(&entry.value)?)),
            None => Ok(None),
        }
    }

    /// Writes a value unconditionally; returns the new version.
    pub fn put(&self, key: &str, value: &[u8]) -> Result<u64> {
        Ok(host::call(|host| Host::kv_put(host, key, value, None, None))?)
    }

    /// Writes a value if its version is still this one (0 = absent); returns the new version.
    ///
    /// The error stays a [`KvError`] so that a [`KvError::Conflict`] can be resolved by reading again; `?` makes it
    /// fatal.
    pub fn put_if(&self, key: &str, value: &[u8], version: u64) -> core::result::Result<u64, KvError> {
        host::call(|host| Host::kv_put(host, key, value, Some(version), None))
    }

    /// Writes a value that expires after this many seconds; returns the new version.
    pub fn put_for(&self, key: &str, value: &[u8], ttl_s: u32) -> Result<u64> {
        Ok(host::call(|host| Host::kv_put(host, key, value, None, Some(ttl_s)))?)
    }

    /// Writes a value as JSON; returns the new version.
    pub fn put_json<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<u64> {
        self.put(key, &serde_json::to_vec(value)?)
    }

    /// Deletes a value; deleting an absent value is not an error.
    pub fn delete(&self, key: &str) -> Result<()> {
        Ok(host::call(|host| Host::kv_delete(host, key))?)
    }

    /// Returns at most `limit` keys with this prefix, in order; `after` is the last key of the previous page.
    pub fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>> {
        Ok(host::call(|host| Host::kv_list(host, prefix, after, limit))?)
    }
}

impl fmt::Display for KvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota(bytes) => write!(f, "stored values are full: {bytes} bytes are the limit"),
            Self::Conflict => f.write_str("the stored value was changed since it was read"),
            Self::Unavailable(text) => write!(f, "stored values are unavailable: {text}"),
            Self::Other(text) => write!(f, "stored values failed: {text}"),
        }
    }
}

impl core::error::Error for KvError {}
