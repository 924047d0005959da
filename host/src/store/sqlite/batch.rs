//! Gathers statements that return no rows, and sends them to SQLite's thread as one text.
//!
//! Sent one by one, each statement costs a round trip to the thread that owns the connection. Figure: webhooks
//! relative to the group-committing writer (`cargo xtask bench ingest`), 0.28 with eight to eleven round trips per
//! batch, 0.54 with one.

use futures_util::TryStreamExt;
use serde::Serialize;
use sqlx::sqlite::SqliteArguments;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Executor, PgConnection, SqliteConnection};

use crate::store::{Connection, StoreError, Tx};

/// Texts up to this many bytes stay prepared: a hundred posts or so. Longer ones are rare, differ each time, and take
/// megabytes.
const MAX_PREPARED: usize = 8 * 1024;

/// Takes statements that return no rows.
pub(in crate::store) enum Batch<'t> {
    /// Statements are gathered until [`Batch::run`].
    Sqlite(&'t mut SqliteConnection, Script),
    /// Statements are sent immediately.
    Postgres(&'t mut PgConnection),
}

/// A sequence of statements, and the arguments of all of them. Parameters have no numbers here: each takes the next
/// argument.
#[derive(Default)]
pub(in crate::store) struct Script {
    sql: String,
    arguments: SqliteArguments,
    /// One check per statement: how many rows it must change, and the error if it does not.
    checks: Vec<Check>,
}

struct Check {
    expect: Expect,
    rows: usize,
}

/// What it means if a statement changes fewer rows than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Expect {
    Nothing,
    /// Fewer rows mean that another row already has the name, id or version.
    EveryRowOrConflict,
    /// Fewer rows mean that a referenced row does not exist.
    EveryRowOrMissing,
}

/// Builds two statements that differ only in how each database expands a list of rows, bound as one value. `value` is
/// one row, and `value ->> 0` its first column.
macro_rules! over_rows {
    ($head:expr, $tail:expr) => {
        [
            const_format::concatcp!($head, " from json_each(?) ", $tail),
            const_format::concatcp!($head, " from jsonb_array_elements($1) ", $tail),
        ]
    };
}

/// Builds PostgreSQL's statement that locks the rows with the keys of a list, in the order of their keys: a join locks
/// in any order, and two units of work that lock the same rows in different orders wait for each other.
macro_rules! lock_rows {
    ($table:literal, $key:literal, $values:literal) => {
        const_format::concatcp!(
            "select from ",
            $table,
            " where (",
            $key,
            ") in (select ",
            $values,
            " from jsonb_array_elements($1)) order by ",
            $key,
            " for no key update"
        )
    };
}

/// Inserts rows with the statements of a [`Rows`](super::Rows), whose columns are the values of each row. The result
/// is a future.
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

/// Adds one statement for one row, whose parameters appear in the order of their numbers. The result is a future.
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
pub(in crate::store) use {lock_rows, over_rows, push, push_rows};

impl<'t> Batch<'t> {
    pub(in crate::store) fn of(tx: &'t mut Tx) -> Self {
        match &mut tx.connection {
            Connection::Sqlite(conn) => Self::Sqlite(conn, Script::default()),
            Connection::Postgres(conn) => Self::Postgres(conn),
        }
    }

    /// Adds one statement for all rows of a list.
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

    /// Adds a statement for rows that other units of work change too. On PostgreSQL, `lock` locks them before: see
    /// [`lock_rows`].
    pub(in crate::store) async fn push_locked<T: Serialize + Sync>(
        &mut self,
        [sqlite, postgres]: [&'static str; 2],
        lock: &'static str,
        rows: &[T],
        expect: Expect,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            Self::Sqlite(_, script) => {
                script.add_checked(sqlite, expect, rows.len());
                script.bind(Json(rows))
            }
            Self::Postgres(conn) => {
                if rows.len() > 1 {
                    sqlx::query(lock).bind(Json(rows)).execute(&mut **conn).await?;
                }
                let done = sqlx::query(postgres).bind(Json(rows)).execute(&mut **conn).await?;
                expect.check(done.rows_affected(), rows.len())
            }
        }
    }

    /// Adds a statement that inserts or changes rows, one per list entry. PostgreSQL gets the rows one by one, because
    /// a row may be in the list several times.
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

    /// Adds a statement about SQLite's transaction, such as `begin`. PostgreSQL's pool handles transactions itself.
    pub(in crate::store) fn control(&mut self, sql: &str) {
        if let Self::Sqlite(_, script) = self {
            script.add(sql);
        }
    }

    /// Whether the statements need no check of changed rows, so that a `commit` may follow them directly.
    pub(in crate::store) fn is_unchecked(&self) -> bool {
        match self {
            Self::Sqlite(_, script) => script.checks.iter().all(|check| check.expect == Expect::Nothing),
            Self::Postgres(_) => true,
        }
    }

    /// Runs the gathered statements. After an error some of them may have run, and the caller must undo them.
    pub(in crate::store) async fn run(self) -> Result<(), StoreError> {
        let Self::Sqlite(connection, Script { sql, arguments, checks }) = self else { return Ok(()) };
        if checks.is_empty() {
            return Ok(());
        }
        let is_prepared = sql.len() <= MAX_PREPARED;
        // Assembled from constants.
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
        // A connection whose thread has ended returns neither rows nor an error.
        if checks.next().is_none() { Ok(()) } else { Err(sqlx::Error::WorkerCrashed.into()) }
    }
}

impl Script {
    /// Adds one statement, whose parameters have no numbers.
    pub(in crate::store) fn add(&mut self, sql: &str) {
        self.add_checked(sql, Expect::Nothing, 0);
    }

    /// Adds one statement for one row, whose parameters appear in the order of their numbers.
    pub(in crate::store) fn add_numbered(&mut self, sql: &str, expect: Expect) {
        self.add_checked(&unnumbered(sql), expect, 1);
    }

    fn add_checked(&mut self, sql: &str, expect: Expect, rows: usize) {
        self.sql.push_str(sql);
        self.sql.push(';');
        self.checks.push(Check { expect, rows });
    }

    /// Binds the next argument.
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

/// Turns `a = $1 and b = $2` into `a = ? and b = ?`.
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
    fn parameters_lose_their_numbers() {
        let sql = "update t set a = $1, b = 'x' where c = $10 and d > $11";
        assert_eq!(unnumbered(sql), "update t set a = ?, b = 'x' where c = ? and d > ?");
        assert_eq!(unnumbered("select 1"), "select 1");
    }
}
