//! `preferences`: the users' own settings.

use std::collections::BTreeMap;

use const_format::concatcp;
use sqlx::types::Json;

use super::sqlite::over_rows;
use super::{Db, Store, StoreError, quota};
use crate::model::{Preference, UserId};

const SAVE: [&str; 2] = over_rows!(
    "insert into preferences (user_id, category, name, value) \
     select value ->> 'user_id', value ->> 'category', value ->> 'name', value ->> 'value'",
    "where true on conflict (user_id, category, name) do update set value = excluded.value"
);
const DELETE: [&str; 2] = over_rows!(
    "delete from preferences where (user_id, category, name) in \
     (select value ->> 'user_id', value ->> 'category', value ->> 'name'",
    ")"
);

const SELECT_PREFERENCE: &str =
    "select user_id, category, name, value from preferences where user_id = $1 and ";

const OF_USER: &str = concatcp!(SELECT_PREFERENCE, "($2 = '' or category = $2) order by category, name");
const ONE: &str = concatcp!(SELECT_PREFERENCE, "category = $2 and name = $3");

/// The number of a user's preferences, and their size in bytes.
const SIZE: &str = "select count(*), cast(coalesce(sum( \
    octet_length(category) + octet_length(name) + octet_length(value)), 0) as bigint) \
    from preferences where user_id = $1";

/// How many preferences a user may have, and how many bytes they may have together.
#[derive(Debug, Clone, Copy)]
pub struct PreferenceLimits {
    pub count: i64,
    pub bytes: i64,
}

impl Store {
    /// Writes a user's preferences, all or none. An existing one gets the new value. Returns `LimitReached` if the user
    /// would have more than the limits allow.
    pub async fn save_preferences(
        &self,
        user: UserId,
        preferences: Vec<Preference>,
        limits: PreferenceLimits,
    ) -> Result<(), StoreError> {
        // One statement cannot write a row twice, so the last value of a name counts.
        let by_name: BTreeMap<_, _> =
            preferences.into_iter().map(|one| ((one.category.clone(), one.name.clone()), one)).collect();
        let preferences: Vec<Preference> = by_name.into_values().collect();
        let save = self.db.of(SAVE);
        self.beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    quota::lock(tx, &format!("preferences {user}")).await?;
                    run!(tx, save, [Json(&preferences)]).await?;
                    let (count, bytes): (i64, i64) =
                        on_tx!(tx, conn => sqlx::query_as(SIZE).bind(&user).fetch_one(conn).await?);
                    if count > limits.count {
                        return Err(StoreError::LimitReached { what: "preferences", limit: limits.count });
                    }
                    if bytes > limits.bytes {
                        return Err(StoreError::LimitReached {
                            what: "bytes of preferences",
                            limit: limits.bytes,
                        });
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Deletes preferences by category and name, all or none. Absent ones are ignored.
    pub async fn delete_preferences(&self, preferences: Vec<Preference>) -> Result<(), StoreError> {
        let delete = self.db.of(DELETE);
        unit!(self.beside_cache(), delete, [Json(&preferences)]).await?;
        Ok(())
    }

    /// Returns a user's preferences, by category and name, of one category if given.
    pub async fn preferences(
        &self,
        user: &UserId,
        category: Option<&str>,
    ) -> Result<Vec<Preference>, StoreError> {
        read!(self.db, conn => sqlx::query_as(OF_USER).bind(user).bind(category.unwrap_or_default()).fetch_all(conn).await)
    }

    pub async fn preference(
        &self,
        user: &UserId,
        category: &str,
        name: &str,
    ) -> Result<Option<Preference>, StoreError> {
        read!(self.db, conn => sqlx::query_as(ONE).bind(user).bind(category).bind(name).fetch_optional(conn).await)
    }
}
