//! Statements that write many rows. They come in few sizes, so that each is prepared once and found again: rows are
//! written by the largest that fits, then the next.

use std::sync::LazyLock;

/// Rows per statement, largest first; the last must be 1. Every statement costs a hop to the thread of its connection,
/// so the sizes are such that few are needed for any number of rows.
const SIZES: [usize; 6] = [64, 32, 16, 8, 4, 1];

pub(super) static POSTS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::insert(
        "posts",
        "id, channel_id, user_id, root_id, message, kind, props, pending_post_id, is_pinned, reply_count, \
         last_reply_at, create_at, update_at, edit_at, delete_at, priority, requested_ack, has_reactions",
    )
});

pub(super) static EVENTS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::insert("events", "id, kind, channel_id, post_id, user_id, hops, create_at, claimed_until")
});

/// One statement per size.
pub(in crate::store) struct Rows([String; SIZES.len()]);

impl Rows {
    pub(in crate::store) fn insert(table: &str, columns: &str) -> Self {
        let width = columns.split(',').count();
        Self(SIZES.map(|rows| format!("insert into {table} ({columns}) values {}", tuples(rows, width))))
    }

    /// The same, answering `returned` of each row, in no order.
    pub(in crate::store) fn insert_returning(table: &str, columns: &str, returned: &str) -> Self {
        Self(Self::insert(table, columns).0.map(|sql| format!("{sql} returning {returned}")))
    }

    /// `head` followed by that many placeholders in parentheses: for `in (…)`, one column a row.
    pub(in crate::store) fn list(head: &str) -> Self {
        Self(SIZES.map(|rows| format!("{head} ({})", placeholders(1, rows))))
    }

    /// The statements for these rows, with the rows each of them takes.
    pub(in crate::store) fn statements<'r, T>(&'static self, rows: &'r [T]) -> Vec<(&'static str, &'r [T])> {
        let mut statements = Vec::new();
        let mut rest = rows;
        for (size, sql) in SIZES.into_iter().zip(&self.0) {
            while rest.len() >= size {
                let (taken, left) = rest.split_at(size);
                statements.push((sql.as_str(), taken));
                rest = left;
            }
        }
        statements
    }
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
fn tuples(rows: usize, width: usize) -> String {
    let row = |row: usize| format!("({})", placeholders(row * width + 1, width));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_through() {
        assert_eq!(tuples(2, 2), "($1, $2), ($3, $4)");
    }

    #[test]
    fn every_row_is_in_one_statement_in_order() {
        let rows: Vec<usize> = (0..150).collect();
        let sizes: Vec<usize> = POSTS.statements(&rows).iter().map(|(_, taken)| taken.len()).collect();
        assert_eq!(sizes, [64, 64, 16, 4, 1, 1]);
        let joined: Vec<usize> =
            POSTS.statements(&rows).iter().flat_map(|(_, taken)| taken.iter().copied()).collect();
        assert_eq!(joined, rows);
    }
}
