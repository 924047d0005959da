//! Statements that answer nothing, given to a database as few pieces of work.

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Executor, PgConnection, SqliteConnection};

use crate::store::{StoreError, Tx};

/// Texts up to this many bytes are kept prepared: a hundred posts or so. Longer ones are rare, each unlike the last,
/// and take megabytes.
const MAX_PREPARED: usize = 8 * 1024;

/// Where such statements go.
pub(in crate::store) enum Statements<'t> {
    /// Gathered, and sent to the connection's thread as one: sent singly, each would cost a round trip.
    Sqlite(&'t mut SqliteConnection, Script),
    /// Sent as they come.
    Postgres(&'t mut PgConnection),
}

/// Statements behind each other, and the arguments of all of them. Parameters have no numbers here: each takes the
/// next argument.
#[derive(Default)]
pub(in crate::store) struct Script {
    sql: String,
    statements: usize,
    arguments: SqliteArguments,
}

/// Writes rows with the statements of a [`Rows`](super::Rows), whose columns are the values of each.
macro_rules! state {
    ($to:expr, $statements:expr, $rows:expr, $row:ident => [$($value:expr),+ $(,)?]) => {
        match $to {
            Statements::Sqlite(_, script) => {
                for (sql, rows) in $statements.of_sqlite($rows) {
                    script.add(sql);
                    for $row in rows {
                        $(script.bind($value)?;)+
                    }
                }
            }
            Statements::Postgres(conn) => {
                for (sql, rows) in $statements.of_postgres($rows) {
                    let mut query = sqlx::query(sql);
                    for $row in rows {
                        query = query$(.bind($value))+;
                    }
                    query.execute(&mut **conn).await?;
                }
            }
        }
    };
}
pub(in crate::store) use state;

impl<'t> Statements<'t> {
    pub(in crate::store) fn of(tx: &'t mut Tx) -> Self {
        match tx {
            Tx::Sqlite(conn) => Self::Sqlite(conn, Script::default()),
            Tx::Postgres(conn) => Self::Postgres(conn),
        }
    }

    /// Runs what was gathered. On an error some of it was done, and the caller must undo it.
    pub(in crate::store) async fn run(self) -> Result<(), StoreError> {
        let Self::Sqlite(connection, Script { sql, statements, arguments }) = self else { return Ok(()) };
        if sql.is_empty() {
            return Ok(());
        }
        let is_prepared = sql.len() <= MAX_PREPARED;
        // Put together from constants.
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(is_prepared);
        let done = connection
            .fetch_many(query)
            .try_fold(0, |done, each| std::future::ready(Ok(done + usize::from(each.is_left()))))
            .await?;
        // A connection whose thread has ended answers no more, and no error either.
        if done == statements { Ok(()) } else { Err(sqlx::Error::WorkerCrashed.into()) }
    }
}

impl Script {
    /// One statement, whose parameters have no numbers.
    pub(in crate::store) fn add(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push(';');
        self.statements += 1;
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
