//! `kv`: a plugin's own values. Writes are recorded; reads see them.

use std::time::Duration;

use wasmtime::component::HasData;

use crate::model::Call;
use crate::runtime::bindings::jackfield::plugin::kv::{Entry, Error, Host};
use crate::runtime::limits::{MAX_KEY, MAX_LIST, MAX_READ_KEYS, MAX_VALUE};
use crate::runtime::meter::Meter;
use crate::runtime::recording::{Base, Own, Values, WriteError};
use crate::runtime::state::{State, StorageQuota};
use crate::store::Store;

pub(in crate::runtime) struct Kv<'a> {
    call: &'a Call,
    store: &'a Store,
    values: &'a mut Values,
    quota: &'a mut StorageQuota,
    meter: &'a mut Meter,
}

pub(in crate::runtime) fn view(state: &mut State) -> Kv<'_> {
    let State { call, store, values, quota, meter, .. } = state;
    Kv { call, store, values, quota, meter }
}

impl HasData for Kv<'static> {
    type Data<'a> = Kv<'a>;
}

impl Host for Kv<'_> {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Entry>, Error>> {
        if let Err(refused) = check_key(&key) {
            return Ok(Err(refused));
        }
        match self.values.own(&key) {
            Own::Value(value) => {
                return Ok(Ok(Some(Entry {
                    value: value.bytes.clone(),
                    version: wit_version(value.version),
                })));
            }
            Own::Deleted => return Ok(Ok(None)),
            Own::Untouched => {}
        }
        if !self.values.note_read(&key) {
            return Ok(Err(Error::Other(format!("one call may read at most {MAX_READ_KEYS} keys"))));
        }
        let stored = self.store.values().get(&self.call.plugin, &key, self.call.now).await?;
        Ok(Ok(stored.map(|value| Entry { version: wit_version(value.version), value: value.bytes })))
    }

    async fn put(
        &mut self,
        key: String,
        value: Vec<u8>,
        if_version: Option<u64>,
        ttl_s: Option<u32>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        if let Err(refused) = check_key(&key).and_then(|()| check_value(&value, ttl_s)) {
            return Ok(Err(refused));
        }
        let base = self.base(&key).await?;
        if !self.has_room(&key, base, key.len() + value.len()).await? {
            return Ok(Err(Error::Quota(self.quota.limit)));
        }
        // The host holds the value until the call ends.
        if self.meter.take(value.len()).is_err() {
            return Ok(Err(Error::Other("the call has no memory left for this value".to_owned())));
        }
        let expires_at = ttl_s.map(|seconds| self.call.now.plus(Duration::from_secs(seconds.into())));
        // No version exceeds `i64`, so one that does not fit matches no value.
        let if_version = if_version.map(|version| i64::try_from(version).unwrap_or(-1));
        let put = self.values.put(&key, base, if_version, value, expires_at);
        Ok(put.map(wit_version).map_err(Error::from))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), Error>> {
        if let Err(refused) = check_key(&key) {
            return Ok(Err(refused));
        }
        let base = self.base(&key).await?;
        Ok(self.values.delete(&key, base).map_err(Error::from))
    }

    async fn list_keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<String>, Error>> {
        if [Some(&prefix), after.as_ref()].into_iter().flatten().any(|text| text.contains('\0')) {
            return Ok(Err(Error::Other("a key has no NUL character".to_owned())));
        }
        let limit = limit.min(MAX_LIST);
        let hidden = self.values.deleted_with(&prefix, after.as_deref());
        let wanted = i64::from(limit).saturating_add(i64::try_from(hidden).unwrap_or(i64::MAX));
        let now = self.call.now;
        let stored =
            self.store.values().keys(&self.call.plugin, &prefix, after.as_deref(), wanted, now).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(Ok(self.values.list(stored, &prefix, after.as_deref(), limit)))
    }
}

impl Kv<'_> {
    /// Returns what the store has under a key, without this call's own changes.
    async fn base(&self, key: &str) -> wasmtime::Result<Base> {
        if let Some(base) = self.values.base(key) {
            return Ok(base);
        }
        let stored = self.store.values().get(&self.call.plugin, key, self.call.now).await?;
        Ok(stored.map_or_else(Base::default, |value| Base {
            version: value.version,
            size: key.len() + value.bytes.len(),
        }))
    }

    async fn has_room(&mut self, key: &str, base: Base, size: usize) -> wasmtime::Result<bool> {
        let used = match self.quota.used {
            Some(used) => used,
            None => {
                *self.quota.used.insert(self.store.values().bytes(&self.call.plugin, self.call.now).await?)
            }
        };
        let total = used.saturating_add(self.values.growth_with(key, base, size));
        Ok(u64::try_from(total).unwrap_or(0) <= self.quota.limit)
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict => Self::Conflict,
            WriteError::TooMuch(reason) => Self::Other(reason),
        }
    }
}

fn check_key(key: &str) -> Result<(), Error> {
    if key.contains('\0') {
        return Err(Error::Other("a key has no NUL character".to_owned()));
    }
    if key.is_empty() || key.len() > MAX_KEY {
        return Err(Error::Other(format!("a key has 1 to {MAX_KEY} bytes, this one has {}", key.len())));
    }
    Ok(())
}

fn check_value(value: &[u8], ttl_s: Option<u32>) -> Result<(), Error> {
    if value.len() > MAX_VALUE {
        return Err(Error::Other(format!(
            "a value has at most {MAX_VALUE} bytes, this one has {}",
            value.len()
        )));
    }
    if ttl_s == Some(0) {
        return Err(Error::Other("a value lives for at least one second".to_owned()));
    }
    Ok(())
}

fn wit_version(version: i64) -> u64 {
    u64::try_from(version).unwrap_or(0)
}
