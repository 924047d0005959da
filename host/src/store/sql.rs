//! Macros that compile one statement for both databases, and patterns for `like`.

/// Runs one read on a free connection; `$query` awaits the result.
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
            Db::Postgres(node) => {
                let $conn = &node.pool;
                $query.map_err(StoreError::from)
            }
        }
    };
}

/// Runs `$body` on the connection of an open unit of work.
macro_rules! on_tx {
    ($tx:expr, $conn:ident => $body:expr) => {
        match &mut $tx.connection {
            crate::store::Connection::Sqlite($conn) => {
                let $conn = &mut *$conn;
                $body
            }
            crate::store::Connection::Postgres($conn) => {
                let $conn = &mut **$conn;
                $body
            }
        }
    };
}

/// Runs one statement in a unit of work. The result is a future of the number of changed rows.
macro_rules! run {
    ($tx:expr, $sql:expr, [$($bind:expr),* $(,)?]) => {
        async {
            let done = match &mut $tx.connection {
                crate::store::Connection::Sqlite(conn) => {
                    sqlx::query($sql)$(.bind($bind))*.execute(&mut *conn).await?.rows_affected()
                }
                crate::store::Connection::Postgres(conn) => {
                    sqlx::query($sql)$(.bind($bind))*.execute(&mut **conn).await?.rows_affected()
                }
            };
            Ok::<u64, StoreError>(done)
        }
    };
}

/// Runs one statement as its own unit of work. The result is a future of the number of changed rows.
///
/// The unit owns the bound values: `unit!(self, "delete from t where id = $1", [&id])` moves `id` into it.
macro_rules! unit {
    ($store:expr, $sql:expr, [$($bind:expr),* $(,)?]) => {
        $store.write(move |tx| Box::pin(async move { run!(tx, $sql, [$($bind),*]).await }))
    };
}

/// Builds two statements that differ only in how each database expands a list of texts, bound as one value, into a
/// set.
macro_rules! over_texts {
    ($head:expr, $bind:literal, $tail:expr) => {
        [
            const_format::concatcp!($head, " (select value from json_each(", $bind, ")) ", $tail),
            const_format::concatcp!($head, " (select jsonb_array_elements_text(", $bind, ")) ", $tail),
        ]
    };
}

/// Returns a pattern for texts that begin with this one, compared in lower case. The statement needs `escape '!'`.
pub(super) fn beginning_with(text: &str) -> String {
    format!("{}%", literal(text))
}

/// Returns a pattern for texts that contain this one. See [`beginning_with`].
pub(super) fn containing(text: &str) -> String {
    format!("%{}%", literal(text))
}

/// Most characters of a text that are compared. No column that a pattern is compared with holds a longer text, so a
/// longer one matches nothing. SQLite refuses patterns of 50,000 bytes.
const MAX_COMPARED: usize = 512;

/// Puts `!` before each character that is special in a pattern, and removes NUL, which PostgreSQL refuses.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len().min(MAX_COMPARED) + 2);
    let letters = text.chars().flat_map(char::to_lowercase).filter(|letter| *letter != '\0');
    for letter in letters.take(MAX_COMPARED) {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern
}
