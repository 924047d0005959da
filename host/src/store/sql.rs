//! Macros that compile one statement for both databases, and patterns for `like`.

/// One read on a free connection: the query's result, which `$query` awaits.
macro_rules! read {
    ($db:expr, $conn:ident => $query:expr) => {
        match &$db {
            Db::Sqlite { read, .. } => match read.get().await {
                Ok(mut reader) => {
                    let $conn = &mut *reader;
                    $query.map_err(StoreError::from)
                }
                Err(error) => Err(error),
            },
            Db::Postgres($conn) => $query.map_err(StoreError::from),
        }
    };
}

/// Runs `$body` on the connection of an open unit of work.
macro_rules! on_tx {
    ($tx:expr, $conn:ident => $body:expr) => {
        match $tx {
            Tx::Sqlite($conn) => {
                let $conn = &mut *$conn;
                $body
            }
            Tx::Postgres($conn) => {
                let $conn = &mut **$conn;
                $body
            }
        }
    };
}

/// One statement in a unit of work. A future of how many rows it changed.
macro_rules! run {
    ($tx:expr, $sql:expr, [$($bind:expr),* $(,)?]) => {
        async {
            let done = match $tx {
                Tx::Sqlite(conn) => {
                    sqlx::query($sql)$(.bind($bind))*.execute(&mut *conn).await?.rows_affected()
                }
                Tx::Postgres(conn) => {
                    sqlx::query($sql)$(.bind($bind))*.execute(&mut **conn).await?.rows_affected()
                }
            };
            Ok::<u64, StoreError>(done)
        }
    };
}

/// One statement as a unit of work of its own. A future of how many rows it changed.
///
/// The unit owns what it binds: `unit!(self, "delete from t where id = $1", [&id])` takes `id` along.
macro_rules! unit {
    ($store:expr, $sql:expr, [$($bind:expr),* $(,)?]) => {
        $store.write(move |tx| Box::pin(async move { run!(tx, $sql, [$($bind),*]).await }))
    };
}

/// Two statements that differ in how each database unfolds a list of texts, which is one bind, as a set.
macro_rules! over_texts {
    ($head:expr, $bind:literal, $tail:expr) => {
        [
            const_format::concatcp!($head, " (select value from json_each(", $bind, ")) ", $tail),
            const_format::concatcp!($head, " (select jsonb_array_elements_text(", $bind, ")) ", $tail),
        ]
    };
}

/// A pattern for texts that begin with this one, compared in lower case. The statement says `escape '!'`.
pub(super) fn beginning_with(text: &str) -> String {
    format!("{}%", literal(text))
}

/// The same for texts that contain this one.
pub(super) fn containing(text: &str) -> String {
    format!("%{}%", literal(text))
}

/// With `!` before each character that means something in a pattern, and without NUL, which PostgreSQL refuses.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for letter in text.to_lowercase().chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern
}
