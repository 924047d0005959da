//! SQLite's index over character groups. It is filled some time after the posts are written.
//!
//! FTS5 writes a segment at every commit and merges the segments later. For the few posts of one commit, that costs
//! more than all other writes together, so posts are indexed in bulk, once writing is quiet or enough of them wait. It
//! runs beside the posts of `cargo xtask bench ingest`.
//!
//! It is only for SQLite, but stands here and not in `store/sqlite`, because it decides which texts a search may find
//! by the index, and shares its groups and limits with the rest of the search.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use const_format::concatcp;

use super::grams;
use crate::clock::Clock;
use crate::shutdown::Tasks;
use crate::store::{Db, Store, StoreError, Tx};

/// The number of the last indexed text.
pub(super) const INDEXED: &str = "(select value from counters where name = 'indexed_text')";
const WAITING: &str =
    concatcp!("select number, body from post_texts where number > ", INDEXED, " order by number limit $1");
const LAG: &str = concatcp!(
    "select coalesce(max(number), 0) as newest, coalesce(max(number), 0) - ",
    INDEXED,
    " as waiting from post_texts"
);
/// Changes nothing if another process has indexed the texts meanwhile.
const MARK: &str = "update counters set value = $2 where name = 'indexed_text' and value < $1";

/// Inserts all rows in one statement, because FTS5 would write a segment for each.
const INSERT: &str =
    "insert into post_grams (rowid, grams) select value ->> 0, value ->> 1 from json_each($1)";

/// Texts indexed in one unit of work, and their bytes (a single larger text is allowed). Other writers wait some
/// milliseconds for it.
pub(super) const AT_ONCE: usize = 512;
const BYTES_AT_ONCE: usize = 128 * 1024;

/// Texts that may wait while posts keep coming, because indexing takes time from other writers. A search compares each
/// waiting text, which takes some milliseconds for this many.
const MOST_WAITING: i64 = 16_384;

/// How often the loop looks for waiting texts.
const PERIOD: Duration = Duration::from_secs(1);

/// Writing counts as quiet if at most this many texts are new since the last look. Waiting texts are then indexed.
const QUIET: i64 = 32;

/// What the loop keeps between its periods.
#[derive(Debug, Default)]
struct IndexingState {
    /// Whether all texts have this version's folding.
    is_folded: AtomicBool,
    /// The number of the newest text at the last look.
    newest: AtomicI64,
}

/// How far the index lags behind the texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
struct IndexLag {
    /// The number of the newest text.
    newest: i64,
    /// Texts that are not indexed; inexact if some were removed since.
    waiting: i64,
}

impl Store {
    /// Folds the texts of earlier versions again, and indexes new texts, until the server stops. PostgreSQL indexes
    /// each post with its commit.
    pub fn run_indexing(&self, clock: &Clock, tasks: &Tasks) {
        let state = Arc::new(IndexingState::default());
        tasks.every(
            clock,
            PERIOD,
            "indexing posts",
            (self.clone(), state),
            |(store, state), tasks| async move {
                // One after the other, so that no text is indexed while it changes.
                if !state.is_folded.load(Ordering::Relaxed) {
                    let is_folded = store.refold(&tasks).await?;
                    state.is_folded.store(is_folded, Ordering::Relaxed);
                }
                store.index_if_due(&state.newest).await
            },
        );
    }

    /// `newest` is the number of the newest text at the last look.
    async fn index_if_due(&self, newest: &AtomicI64) -> Result<(), StoreError> {
        let lag = self.index_lag().await?;
        let is_quiet = lag.newest - newest.swap(lag.newest, Ordering::Relaxed) <= QUIET;
        if lag.waiting >= MOST_WAITING || (is_quiet && lag.waiting > 0) {
            // Only what waits now: while posts keep coming, there are always more.
            self.index(usize::try_from(lag.waiting).unwrap_or(usize::MAX)).await?;
        }
        Ok(())
    }

    /// Returns how far the index lags behind. On PostgreSQL it never is.
    async fn index_lag(&self) -> Result<IndexLag, StoreError> {
        match &self.db {
            Db::Sqlite { read, .. } => Ok(sqlx::query_as(LAG).fetch_one(&mut *read.get().await?).await?),
            Db::Postgres(_) => Ok(IndexLag::default()),
        }
    }

    /// Indexes up to `limit` texts, and a few more if they belong to the same unit of work.
    async fn index(&self, limit: usize) -> Result<(), StoreError> {
        let mut indexed = 0;
        while indexed < limit {
            match self.index_some().await? {
                0 => break,
                some => indexed += some,
            }
        }
        Ok(())
    }

    async fn index_some(&self) -> Result<usize, StoreError> {
        let Db::Sqlite { read, .. } = &self.db else { return Ok(0) };
        let waiting = sqlx::query_as(WAITING).bind(i64::try_from(AT_ONCE).unwrap_or(i64::MAX));
        let mut texts: Vec<(i64, String)> = waiting.fetch_all(&mut *read.get().await?).await?;
        texts.truncate(fitting(texts.iter().map(|(_, body)| body.len())));
        let (Some((first, _)), Some((last, _))) = (texts.first(), texts.last()) else { return Ok(0) };
        let (first, last, count) = (*first, *last, texts.len());
        let rows = texts.iter().map(|(number, body)| (number, words(body))).collect::<Vec<_>>();
        let rows = serde_json::to_string(&rows).unwrap_or_default();
        self.beside_cache()
            .write(move |tx| Box::pin(async move { insert(tx, (first, last), rows).await }))
            .await?;
        Ok(count)
    }
}

/// Indexes texts. A text that was deleted meanwhile leaves groups without a text, which no search returns.
async fn insert(tx: &mut Tx, (first, last): (i64, i64), rows: String) -> Result<(), StoreError> {
    on_tx!(tx, conn => {
        let marked = sqlx::query(MARK).bind(first).bind(last).execute(&mut *conn).await?.rows_affected();
        if marked == 1 {
            sqlx::query(INSERT).bind(rows).execute(conn).await?;
        }
    });
    Ok(())
}

/// Returns how many texts of these sizes fit into one unit of work.
pub(super) fn fitting(sizes: impl ExactSizeIterator<Item = usize>) -> usize {
    let count = sizes.len();
    let mut bytes = 0;
    let full = sizes.into_iter().position(|size| {
        bytes += size;
        bytes > BYTES_AT_ONCE
    });
    full.map_or(count, |full| full.max(1))
}

/// Returns the groups of a text as words of the index, sorted.
pub(super) fn words(body: &str) -> String {
    let groups = grams::of_text(body);
    let mut words = String::with_capacity(groups.len() * 9);
    for group in groups {
        // Writing to a string never fails.
        let _ = write!(words, "{group:08x} ");
    }
    words
}
