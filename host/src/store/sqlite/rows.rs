//! Inserts of many rows with every value bound.
//!
//! There are few sizes, so that each statement is prepared once and reused. Rows are written with the largest size
//! that fits, then with the next. The posts of `cargo xtask bench ingest` are written so. Figure: 22 µs per post in
//! batches of 64. One JSON list takes 67 µs, because it is parsed again for each of a post's 18 columns, so lists are
//! only for narrow rows (see `over_rows!`).

/// Rows per statement, largest first; the last must be 1. With these, two statements cover almost any count up to 64.
const SIZES: [usize; 12] = [64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1];

/// One statement per size. SQLite's parameters have no numbers, because it looks each one up among all before it.
pub(in crate::store) struct Rows {
    sqlite: [String; SIZES.len()],
    postgres: [String; SIZES.len()],
}

impl Rows {
    pub(in crate::store) fn insert(table: &str, columns: &str) -> Self {
        Self::new(table, columns, "")
    }

    /// As `insert`, but each row returns `returned`, in no order.
    pub(in crate::store) fn insert_returning(table: &str, columns: &str, returned: &str) -> Self {
        Self::new(table, columns, &format!(" returning {returned}"))
    }

    fn new(table: &str, columns: &str, tail: &str) -> Self {
        let width = columns.split(',').count();
        let sql = |tuples: &str| format!("insert into {table} ({columns}) values {tuples}{tail}");
        Self {
            sqlite: SIZES.map(|rows| sql(&tuples(rows, width, |_| "?".to_owned()))),
            postgres: SIZES.map(|rows| sql(&tuples(rows, width, |number| format!("${number}")))),
        }
    }

    /// Returns the statements for these rows, each with its rows.
    pub(in crate::store) fn of_sqlite<'r, T>(&'static self, rows: &'r [T]) -> Vec<(&'static str, &'r [T])> {
        cut(&self.sqlite, rows)
    }

    pub(in crate::store) fn of_postgres<'r, T>(&'static self, rows: &'r [T]) -> Vec<(&'static str, &'r [T])> {
        cut(&self.postgres, rows)
    }
}

fn cut<'r, T>(statements: &'static [String; SIZES.len()], rows: &'r [T]) -> Vec<(&'static str, &'r [T])> {
    sized(rows).into_iter().map(|(size, rows)| (statements[size].as_str(), rows)).collect()
}

/// Splits the rows into pieces, each with the index of its size in [`SIZES`].
fn sized<T>(rows: &[T]) -> Vec<(usize, &[T])> {
    let mut cut = Vec::new();
    let mut rest = rows;
    for (index, size) in SIZES.into_iter().enumerate() {
        while rest.len() >= size {
            let (taken, left) = rest.split_at(size);
            cut.push((index, taken));
            rest = left;
        }
    }
    cut
}

/// Returns `($1, $2), ($3, $4)` for two rows of two columns.
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
    fn only_postgres_numbers_its_parameters() {
        let rows = Rows::insert_returning("t", "a, b", "a");
        let numbered = "insert into t (a, b) values ($1, $2), ($3, $4), ($5, $6), ($7, $8) returning a";
        assert_eq!(rows.postgres[8], numbered);
        assert_eq!(Rows::insert("t", "a, b").sqlite[11], "insert into t (a, b) values (?, ?)");
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
