//! `preferences`: the users' own settings.

use super::{Db, Store, StoreError, Tx};
use crate::model::{Preference, UserId};

impl Store {
    /// Writes preferences, all or none. An existing one gets the new value.
    pub async fn save_preferences(&self, preferences: Vec<Preference>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for one in &preferences {
                    run!(
                        tx,
                        "insert into preferences (user_id, category, name, value) values ($1, $2, $3, $4) \
                         on conflict (user_id, category, name) do update set value = excluded.value",
                        [&one.user_id, &one.category, &one.name, &one.value]
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Deletes preferences by category and name, all or none. Absent ones are ignored.
    pub async fn delete_preferences(&self, preferences: Vec<Preference>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for one in &preferences {
                    run!(
                        tx,
                        "delete from preferences where user_id = $1 and category = $2 and name = $3",
                        [&one.user_id, &one.category, &one.name]
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Returns a user's preferences, by category and name, of one category if given.
    pub async fn preferences(
        &self,
        user: &UserId,
        category: Option<&str>,
    ) -> Result<Vec<Preference>, StoreError> {
        read!(self.db, conn => sqlx::query_as(
            "select user_id, category, name, value from preferences \
             where user_id = $1 and ($2 = '' or category = $2) order by category, name")
            .bind(user).bind(category.unwrap_or_default()).fetch_all(conn).await)
    }

    pub async fn preference(
        &self,
        user: &UserId,
        category: &str,
        name: &str,
    ) -> Result<Option<Preference>, StoreError> {
        read!(self.db, conn => sqlx::query_as(
            "select user_id, category, name, value from preferences \
             where user_id = $1 and category = $2 and name = $3")
            .bind(user).bind(category).bind(name).fetch_optional(conn).await)
    }

    pub async fn preference_count(&self, user: &UserId) -> Result<i64, StoreError> {
        read!(self.db, conn => sqlx::query_scalar("select count(*) from preferences where user_id = $1")
            .bind(user).fetch_one(conn).await)
    }
}
