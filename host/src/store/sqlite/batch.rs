//! Statements that answer no rows, gathered and given to SQLite's thread as one text.
//!
//! Sent singly, each costs a round trip to the thread that owns the connection. Figure: webhooks beside the
//! group-committing writer (`cargo xtask bench ingest`), 0.28 with eight to eleven round trips a batch, 0.49 with one.

use futures_util::TryStreamExt;
use serde::Serialize;
use sqlx::sqlite::SqliteArguments;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Executor, PgConnection, SqliteConnection};

use crate::store::{StoreError, Tx};

/// Texts up to this many bytes are kept prepared: a hundred posts or so. Longer ones are rare, each unlike the last,
/// and take megabytes.
const MAX_PREPARED: usize = 8 * 1024;

/// Takes statements that return no rows.
pub(in crate::store) enum Batch<'t> {
    /// Gathered until [`Batch::run`].
    Sqlite(&'t mut SqliteConnection, Script),
    /// Sent as they come.
    Postgres(&'t mut PgConnection),
}

/// Statements one after the other, and the arguments of all of them. Parameters have no numbers here: each takes the
/// next argument.
#[derive(Default)]
pub(in crate::store) struct Script {
    sql: String,
    arguments: SqliteArguments,
    /// One for each statement: how many rows it must change, or what has failed.
    checks: Vec<Check>,
}

struct Check {
    expect: Expect,
    rows: usize,
}

/// What it means when a statement changes fewer rows than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Expect {
    Nothing,
    /// Otherwise something else has the name, id or version.
    EveryRowOrConflict,
    /// Otherwise a row is not there.
    EveryRowOrMissing,
}

/// Two statements that differ in how each database unfolds a list of rows, which is one bind: `value` is one row, and
/// `value ->> 0` its first column.
macro_rules! over_rows {
    ($head:expr, $tail:expr) => {
        [
            const_format::concatcp!($head, " from json_each(?) ", $tail),
            const_format::concatcp!($head, " from jsonb_array_elements($1) ", $tail),
        ]
    };
}

/// Inserts rows with the statements of a [`Rows`](super::Rows), whose columns are the values of each. A future.
macro_rules! push_rows {
    ($batch:expr, $statements:expr, $rows:expr, $row:ident => [$($value:expr),+ $(,)?]) => {
        async {
            match $batch {
                Batch::Sqlite(_, script) => {
                    for (sql, rows) in $statements.of_sqlite($rows) {
                        script.add(sql);
                        for $row in rows {
                            $(script.bind($value)?;)+
                        }
                    }
                }
                Batch::Postgres(conn) => {
                    for (sql, rows) in $statements.of_postgres($rows) {
                        let mut query = sqlx::query(sql);
                        for $row in rows {
                            query = query$(.bind($value))+;
                        }
                        query.execute(&mut **conn).await?;
                    }
                }
            }
            Ok::<(), StoreError>(())
        }
    };
}

/// One statement for one row, whose parameters stand in the order of their numbers. A future.
macro_rules! push {
    ($batch:expr, $sql:expr, [$($value:expr),+ $(,)?], $expect:expr) => {
        async {
            match $batch {
                Batch::Sqlite(_, script) => {
                    script.add_numbered($sql, $expect);
                    $(script.bind($value)?;)+
                }
                Batch::Postgres(conn) => {
                    let done = sqlx::query($sql)$(.bind($value))+.execute(&mut **conn).await?;
                    $expect.check(done.rows_affected(), 1)?;
                }
            }
            Ok::<(), StoreError>(())
        }
    };
}
pub(in crate::store) use {over_rows, push, push_rows};

impl<'t> Batch<'t> {
    pub(in crate::store) fn of(tx: &'t mut Tx) -> Self {
        match tx {
            Tx::Sqlite(conn) => Self::Sqlite(conn, Script::default()),
            Tx::Postgres(conn) => Self::Postgres(conn),
        }
    }

    /// One statement for all rows of a list.
    pub(in crate::store) async fn push_list<T: Serialize + Sync>(
        &mut self,
        [sqlite, postgres]: [&'static str; 2],
        rows: &[T],
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            Self::Sqlite(_, script) => {
                script.add(sqlite);
                script.bind(Json(rows))
            }
            Self::Postgres(conn) => {
                sqlx::query(postgres).bind(Json(rows)).execute(&mut **conn).await?;
                Ok(())
            }
        }
    }

    /// The same for rows that others change too, one for each of the list. PostgreSQL gets them one by one: all units
    /// of work must lock rows in the order of the list, and a join has none.
    pub(in crate::store) async fn push_ordered<T: Serialize + Sync>(
        &mut self,
        [sqlite, postgres]: [&'static str; 2],
        rows: &[T],
        expect: Expect,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(..) if rows.is_empty() => Ok(()),
            Self::Sqlite(_, script) => {
                script.add_checked(sqlite, expect, rows.len());
                script.bind(Json(rows))
            }
            Self::Postgres(conn) => {
                for row in rows.chunks(1) {
                    let done = sqlx::query(postgres).bind(Json(row)).execute(&mut **conn).await?;
                    expect.check(done.rows_affected(), 1)?;
                }
                Ok(())
            }
        }
    }

    /// A statement about SQLite's transaction, such as `begin`. PostgreSQL's is its pool's business.
    pub(in crate::store) fn control(&mut self, sql: &str) {
        if let Self::Sqlite(_, script) = self {
            script.add(sql);
        }
    }

    /// Whether what was gathered stands or falls with the statements themselves, so that a `commit` may follow them.
    pub(in crate::store) fn is_unchecked(&self) -> bool {
        match self {
            Self::Sqlite(_, script) => script.checks.iter().all(|check| check.expect == Expect::Nothing),
            Self::Postgres(_) => true,
        }
    }

    /// Runs what was gathered. On an error some of it was done, and the caller must undo it.
    pub(in crate::store) async fn run(self) -> Result<(), StoreError> {
        let Self::Sqlite(connection, Script { sql, arguments, checks }) = self else { return Ok(()) };
        if checks.is_empty() {
            return Ok(());
        }
        let is_prepared = sql.len() <= MAX_PREPARED;
        // Put together from constants.
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(is_prepared);
        let mut results = connection.fetch_many(query);
        let mut checks = checks.into_iter();
        while let Some(result) = results.try_next().await? {
            if let Some(done) = result.left()
                && let Some(Check { expect, rows }) = checks.next()
            {
                expect.check(done.rows_affected(), rows)?;
            }
        }
        // A connection whose thread has ended answers no more, and no error either.
        if checks.next().is_none() { Ok(()) } else { Err(sqlx::Error::WorkerCrashed.into()) }
    }
}

impl Script {
    /// One statement, whose parameters have no numbers.
    pub(in crate::store) fn add(&mut self, sql: &str) {
        self.add_checked(sql, Expect::Nothing, 0);
    }

    /// One statement for one row, whose parameters stand in the order of their numbers.
    pub(in crate::store) fn add_numbered(&mut self, sql: &str, expect: Expect) {
        self.add_checked(&unnumbered(sql), expect, 1);
    }

    fn add_checked(&mut self, sql: &str, expect: Expect, rows: usize) {
        self.sql.push_str(sql);
        self.sql.push(';');
        self.checks.push(Check { expect, rows });
    }

    /// The next argument.
    pub(in crate::store) fn bind<'v, T>(&mut self, value: T) -> Result<(), StoreError>
    where
        T: sqlx::Encode<'v, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        sqlx::Arguments::add(&mut self.arguments, value).map_err(sqlx::Error::Encode)?;
        Ok(())
    }
}

impl Expect {
    pub(in crate::store) fn check(self, changed: u64, rows: usize) -> Result<(), StoreError> {
        match self {
            Self::EveryRowOrConflict if changed < rows as u64 => Err(StoreError::conflict()),
            Self::EveryRowOrMissing if changed < rows as u64 => Err(StoreError::missing()),
            _ => Ok(()),
        }
    }
}

/// `a = ? and b = ?` of `a = $1 and b = $2`.
fn unnumbered(sql: &str) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('?');
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_off_parameters() {
        let sql = "update t set a = $1, b = 'x' where c = $10 and d > $11";
        assert_eq!(unnumbered(sql), "update t set a = ?, b = 'x' where c = ? and d > ?");
        assert_eq!(unnumbered("select 1"), "select 1");
    }
}
