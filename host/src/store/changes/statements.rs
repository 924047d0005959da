//! Statements that answer nothing, given to a database as few pieces of work.

use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};

use crate::store::{StoreError, Tx};

/// Where such statements go.
pub(in crate::store) enum Statements<'t> {
    /// Gathered, and sent to the connection's thread as one: alone, each would be a way there and back.
    Sqlite(&'t mut SqliteConnection, Script),
    /// Sent as they come.
    Postgres(&'t mut PgConnection),
}

/// Statements behind each other, and the arguments of all of them. Parameters have no numbers here: each takes the
/// next argument.
#[derive(Default)]
pub(in crate::store) struct Script {
    sql: String,
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
        let Self::Sqlite(connection, Script { sql, arguments }) = self else { return Ok(()) };
        if !sql.is_empty() {
            // Put together from constants.
            sqlx::query_with(AssertSqlSafe(sql), arguments).execute(connection).await?;
        }
        Ok(())
    }
}

impl Script {
    /// One statement, whose parameters have no numbers.
    pub(in crate::store) fn add(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push(';');
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
