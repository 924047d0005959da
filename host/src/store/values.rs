//! `plugin_values`: the data that a plugin keeps between calls. For every reader, an expired value is absent.

use super::sqlite::{Batch, Expect, push};
use super::{Db, Store, StoreError};
use crate::model::{PluginId, StoredValue, Timestamp, ValueChange};

/// The longest key, in characters: 512 bytes, at four bytes each.
const MAX_KEY_CHARS: usize = 128;

// Byte order on both databases, because PostgreSQL's default order depends on its locale.
pub const KEYS: [&str; 2] = [
    "select key from plugin_values where plugin_id = $1 and key >= $2 and key <= $3 \
     and key <> $4 and (expires_at is null or expires_at > $5) order by key limit $6",
    "select key from plugin_values where plugin_id = $1 and key collate \"C\" >= $2 and key collate \"C\" <= $3 \
     and key <> $4 and (expires_at is null or expires_at > $5) order by key collate \"C\" limit $6",
];
/// Reads every row of a plugin, of which `plugins.max_values` limits the number, but only the lengths of the bytes.
pub const BYTES: &str = "select cast(coalesce(sum(octet_length(key) + octet_length(bytes)), 0) as bigint) \
    from plugin_values where plugin_id = $1 and (expires_at is null or expires_at > $2)";

const DELETE: &str = "delete from plugin_values where plugin_id = $1 and key = $2";
const DELETE_VERSION: &str = "delete from plugin_values where plugin_id = $1 and key = $2 and version = $3";
/// Writes a value that either must be absent or, with $6, replaces any existing one. Versions only grow.
const INSERT: &str = "insert into plugin_values (plugin_id, key, bytes, version, expires_at) values ($1, $2, $3, $4, $5) \
    on conflict (plugin_id, key) do update set bytes = excluded.bytes, expires_at = excluded.expires_at, \
    version = case when plugin_values.version >= excluded.version then plugin_values.version + 1 \
    else excluded.version end \
    where $6 or (plugin_values.expires_at is not null and plugin_values.expires_at <= $7)";
const UPDATE: &str = "update plugin_values set bytes = $1, version = $2, expires_at = $3 \
    where plugin_id = $4 and key = $5 and version = $6";

/// A handle for plugins' values. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PluginValues(Store);

impl Store {
    /// Returns a handle for plugins' values.
    pub fn values(&self) -> PluginValues {
        PluginValues(self.clone())
    }
}

impl PluginValues {
    pub async fn get(
        &self,
        plugin: &PluginId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<StoredValue>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(
            "select bytes, version, expires_at from plugin_values \
             where plugin_id = $1 and key = $2 and (expires_at is null or expires_at > $3)")
            .bind(plugin).bind(key).bind(now).fetch_optional(conn).await)
    }

    /// Returns the keys that start with `prefix`, in byte order, after the given one.
    pub async fn keys(
        &self,
        plugin: &PluginId,
        prefix: &str,
        after: Option<&str>,
        limit: i64,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let after = after.unwrap_or_default();
        let first = prefix.max(after);
        // A key has the prefix if and only if it sorts between the two.
        let last = format!("{prefix}{}", char::MAX.to_string().repeat(MAX_KEY_CHARS));
        let sql = self.0.db.of(KEYS);
        read!(self.0.db, conn => sqlx::query_scalar(sql).bind(plugin).bind(first).bind(&last).bind(after)
            .bind(now).bind(limit).fetch_all(conn).await)
    }

    /// Returns the size of a plugin's keys and values, in bytes.
    pub async fn bytes(&self, plugin: &PluginId, now: Timestamp) -> Result<i64, StoreError> {
        read!(self.0.db, conn => sqlx::query_scalar(BYTES).bind(plugin).bind(now).fetch_one(conn).await)
    }

    /// Deletes up to `limit` values that have expired, and returns how many.
    pub async fn purge(&self, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
        // The expiry is checked twice, because another node may have written the value again in between.
        unit!(
            self.0.beside_cache(),
            "delete from plugin_values where expires_at <= $1 and (plugin_id, key) in \
             (select plugin_id, key from plugin_values where expires_at <= $1 order by expires_at limit $2)",
            [now, limit]
        )
        .await
    }
}

/// Changes a value. Returns `Conflict` if it has another version than the change expects.
pub(super) async fn push(batch: &mut Batch<'_>, change: &ValueChange) -> Result<(), StoreError> {
    let ValueChange { plugin, key, .. } = change;
    match (&change.value, change.expected) {
        (None, None) => push!(batch, DELETE, [plugin, key], Expect::Nothing).await,
        // The value must be absent, and stays absent.
        (None, Some(0)) => Ok(()),
        (None, Some(version)) => {
            push!(batch, DELETE_VERSION, [plugin, key, version], Expect::EveryRowOrConflict).await
        }
        (Some(StoredValue { bytes, version, expires_at }), None | Some(0)) => {
            let (replaces, now) = (change.expected.is_none(), change.at);
            push!(
                batch,
                INSERT,
                [plugin, key, bytes, version, expires_at, replaces, now],
                Expect::EveryRowOrConflict
            )
            .await
        }
        (Some(StoredValue { bytes, version, expires_at }), Some(expected)) => {
            push!(
                batch,
                UPDATE,
                [bytes, version, expires_at, plugin, key, expected],
                Expect::EveryRowOrConflict
            )
            .await
        }
    }
}
