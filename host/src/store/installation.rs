//! `installation`: facts about the installation as a whole, such as which key its secrets are sealed with.

use super::{Db, Store, StoreError};

/// The names of the rows.
const KEY_CHECK: &str = "key_check";
const ID: &str = "id";

const SELECT: &str = "select value from installation where name = $1";

impl Store {
    /// Returns the check value of the key that this database's secrets are sealed with; None before the first start.
    pub async fn key_check(&self) -> Result<Option<String>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(SELECT).bind(KEY_CHECK).fetch_optional(conn).await)
    }

    /// Stores a key's check value if there is none yet, and returns the stored one. Of two servers that start at the
    /// same time, both get that of the first.
    pub async fn adopt_key_check(&self, value: &str) -> Result<String, StoreError> {
        self.adopt(KEY_CHECK, value).await
    }

    /// Stores the check value of another key. Secrets that the previous key sealed do not open any more.
    pub async fn replace_key_check(&self, value: &str) -> Result<(), StoreError> {
        let value = value.to_owned();
        unit!(
            self,
            "insert into installation (name, value) values ($1, $2) \
             on conflict (name) do update set value = excluded.value",
            [KEY_CHECK, &value]
        )
        .await?;
        Ok(())
    }

    /// Returns the database's own id. The first call stores the given one.
    pub async fn installation_id(&self, new: &str) -> Result<String, StoreError> {
        self.adopt(ID, new).await
    }

    async fn adopt(&self, name: &'static str, value: &str) -> Result<String, StoreError> {
        const ADOPT: &str =
            "insert into installation (name, value) values ($1, $2) on conflict (name) do nothing";
        let value = value.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                run!(tx, ADOPT, [name, &value]).await?;
                on_tx!(tx, conn => Ok(sqlx::query_scalar(SELECT).bind(name).fetch_one(conn).await?))
            })
        })
        .await
    }
}
