//! How the database would answer, in its own words: what proves that frequent reads use an index.

use sqlx::{AssertSqlSafe, Row};

use super::{Db, Store, StoreError, people, posts, search, values};
use crate::model::Search;

/// A read whose plan can be asked for.
#[derive(Debug, Clone, Copy)]
pub enum Planned<'s> {
    ChannelPage,
    Replies,
    Since,
    PinnedCount,
    ValueKeys,
    ValueBytes,
    Strangers,
    Search(&'s Search),
}

impl Store {
    /// The plan, a step a line. PostgreSQL is asked not to read tables whole, which it prefers while they are small.
    pub async fn plan(&self, of: Planned<'_>) -> Result<String, StoreError> {
        // With what is bound, by letters: a text or a number. Any value does.
        let (sql, binds) = match of {
            Planned::ChannelPage => (posts::PAGE, "tnn"),
            Planned::Replies => (posts::REPLIES_UP, "tnnt"),
            Planned::Since => (posts::SINCE, "tnn"),
            Planned::PinnedCount => (posts::PINNED_COUNT, "t"),
            Planned::ValueKeys => (self.db.of(values::KEYS), "ttttnn"),
            Planned::ValueBytes => (values::BYTES, "tn"),
            Planned::Strangers => (people::STRANGERS, "t"),
            Planned::Search(wanted) => return self.search_plan(wanted).await,
        };
        let steps: Vec<String> = match &self.db {
            Db::Sqlite { read, .. } => {
                let sql = format!("explain query plan {sql}");
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *read.get().await?).await?;
                rows.iter().map(|row| row.try_get("detail")).collect::<Result<_, _>>()?
            }
            Db::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query("set local enable_seqscan = off").execute(&mut *tx).await?;
                let mut query = sqlx::query_scalar(AssertSqlSafe(format!("explain {sql}")));
                for bind in binds.chars() {
                    query = if bind == 't' { query.bind("x") } else { query.bind(1_i64) };
                }
                query.fetch_all(&mut *tx).await?
            }
        };
        Ok(steps.join("\n"))
    }

    async fn search_plan(&self, wanted: &Search) -> Result<String, StoreError> {
        let steps: Vec<String> = match &self.db {
            Db::Sqlite { read, .. } => {
                let rows = search::sqlite("explain query plan ", wanted)
                    .build()
                    .fetch_all(&mut *read.get().await?)
                    .await?;
                rows.iter().map(|row| row.try_get("detail")).collect::<Result<_, _>>()?
            }
            Db::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query("set local enable_seqscan = off").execute(&mut *tx).await?;
                let mut query = search::postgres("explain ", wanted);
                query.build_query_scalar().fetch_all(&mut *tx).await?
            }
        };
        Ok(steps.join("\n"))
    }
}
