//! Statements that write many rows. They come in few sizes, so that each is prepared once and found again: rows are
//! written by the largest that fits, then the next.

use std::sync::LazyLock;

use crate::store::Db;

/// Rows per statement, largest first; the last must be 1. Every statement costs a hop to the thread of its connection:
/// sizes chosen so that two statements cover almost any count up to 64.
const SIZES: [usize; 12] = [64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1];

pub(super) static POSTS: LazyLock<Rows> = LazyLock::new(|| {
    Rows::insert(
        "posts",
        "id, channel_id, user_id, root_id, message, kind, props, pending_post_id, is_pinned, reply_count, \
         last_reply_at, create_at, update_at, edit_at, delete_at, priority, requested_ack, has_reactions",
    )
});

/// Channels get posts.
pub(super) static COUNTED: LazyLock<Rows> = LazyLock::new(|| {
    Rows::changing(
        "id, posts, last_at",
        "update channels set total_msg_count = total_msg_count + new.posts, last_post_at = \
         case when last_post_at > new.last_at then last_post_at else new.last_at end from new where channels.id = new.id",
    )
});

/// Members are mentioned.
pub(super) static MENTIONED: LazyLock<Rows> = LazyLock::new(|| {
    Rows::changing(
        "channel_id, user_id, posts",
        "update channel_members set mention_count = mention_count + new.posts from new \
         where channel_members.channel_id = new.channel_id and channel_members.user_id = new.user_id",
    )
});

/// One statement per size. SQLite's parameters have no numbers here: it looks each number up among all before it.
pub(in crate::store) struct Rows {
    sqlite: [String; SIZES.len()],
    postgres: [String; SIZES.len()],
}

impl Rows {
    pub(in crate::store) fn insert(table: &str, columns: &str) -> Self {
        let width = columns.split(',').count();
        Self::new(width, |tuples| format!("insert into {table} ({columns}) values {tuples}"))
    }

    /// The same, answering `returned` of each row, in no order.
    pub(in crate::store) fn insert_returning(table: &str, columns: &str, returned: &str) -> Self {
        let width = columns.split(',').count();
        Self::new(width, |tuples| {
            format!("insert into {table} ({columns}) values {tuples} returning {returned}")
        })
    }

    /// A query over the table `asked (id)`, which has a row for each key.
    pub(in crate::store) fn asked(query: &str) -> Self {
        Self::new(1, |tuples| format!("with asked (id) as (values {tuples}) {query}"))
    }

    /// A change by the table `new`, which has these columns and a row for each.
    pub(in crate::store) fn changing(columns: &str, change: &str) -> Self {
        let width = columns.split(',').count();
        Self::new(width, |tuples| format!("with new ({columns}) as (values {tuples}) {change}"))
    }

    fn new(width: usize, sql: impl Fn(&str) -> String) -> Self {
        let unnumbered = |rows: usize| tuples(rows, width, |_| "?".to_owned());
        let numbered = |rows: usize| tuples(rows, width, |number| format!("${number}"));
        Self {
            sqlite: SIZES.map(|rows| sql(&unnumbered(rows))),
            postgres: SIZES.map(|rows| sql(&numbered(rows))),
        }
    }

    /// The statements for these rows, with the rows each of them takes.
    pub(in crate::store) fn of_sqlite<'r, T>(&'static self, rows: &'r [T]) -> Vec<(&'static str, &'r [T])> {
        cut(&self.sqlite, rows)
    }

    pub(in crate::store) fn of_postgres<'r, T>(&'static self, rows: &'r [T]) -> Vec<(&'static str, &'r [T])> {
        cut(&self.postgres, rows)
    }

    /// The queries for these keys, with the keys each of them takes.
    pub(in crate::store) fn queries<'r, T>(
        &'static self,
        db: &Db,
        keys: &'r [T],
    ) -> Vec<(&'static str, &'r [T])> {
        match db {
            Db::Sqlite { .. } => self.of_sqlite(keys),
            Db::Postgres(_) => self.of_postgres(keys),
        }
    }
}

fn cut<'r, T>(texts: &'static [String; SIZES.len()], rows: &'r [T]) -> Vec<(&'static str, &'r [T])> {
    sized(rows).into_iter().map(|(size, rows)| (texts[size].as_str(), rows)).collect()
}

/// The rows, cut to sizes, each with its size's place in [`SIZES`].
fn sized<T>(rows: &[T]) -> Vec<(usize, &[T])> {
    let mut cut = Vec::new();
    let mut rest = rows;
    for (place, size) in SIZES.into_iter().enumerate() {
        while rest.len() >= size {
            let (taken, left) = rest.split_at(size);
            cut.push((place, taken));
            rest = left;
        }
    }
    cut
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
fn tuples(rows: usize, width: usize, placeholder: impl Fn(usize) -> String) -> String {
    let row = |row: usize| {
        let row: Vec<String> = (1..=width).map(|column| placeholder(row * width + column)).collect();
        format!("({})", row.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_through_where_numbers_count() {
        let rows = Rows::insert("t", "a, b");
        assert_eq!(rows.postgres[8], "insert into t (a, b) values ($1, $2), ($3, $4), ($5, $6), ($7, $8)");
        assert_eq!(rows.sqlite[11], "insert into t (a, b) values (?, ?)");
        let change = Rows::changing("a, b", "update t set b = new.b from new where t.a = new.a");
        assert_eq!(
            change.sqlite[11],
            "with new (a, b) as (values (?, ?)) update t set b = new.b from new where t.a = new.a"
        );
    }

    #[test]
    fn every_row_is_in_one_statement_in_order() {
        let rows: Vec<usize> = (0..150).collect();
        let sizes: Vec<usize> = sized(&rows).iter().map(|(_, taken)| taken.len()).collect();
        assert_eq!(sizes, [64, 64, 16, 6]);
        let joined: Vec<usize> = sized(&rows).iter().flat_map(|(_, taken)| taken.iter().copied()).collect();
        assert_eq!(joined, rows);
    }
}
