//! Folds stored texts again after a change of the folding, so that searches find old posts as they find new ones.
//!
//! `counters` holds the version that all texts have (`text_folding`), the version to which they are being folded
//! (`refolding_to`) and the number of the last text that has it (`refolded_text`), so that the work survives a restart.
//! Until it ends, old posts are found by their earlier folding only.

use const_format::concatcp;

use super::indexing::{AT_ONCE, INDEXED, fitting, words};
use super::{grams, writing};
use crate::model::{FOLDING, folded_up_to};
use crate::shutdown::Tasks;
use crate::store::sqlite::{Batch, over_rows};
use crate::store::{Connection, Db, Store, StoreError, Tx};

const VERSION: &str = "select value from counters where name = 'text_folding'";
const SET_VERSION: &str = "update counters set value = $1 where name = 'text_folding'";
/// Changes a row only if the texts were being folded to another version.
const BEGIN: &str = "insert into counters (name, value) values ('refolding_to', $1) \
    on conflict (name) do update set value = excluded.value where counters.value <> excluded.value";
/// Locks the row, so that of several nodes one does the work.
const PROGRESS: &str = "update counters set value = value where name = 'refolded_text' returning value";
const SET_PROGRESS: &str = "update counters set value = $1 where name = 'refolded_text'";
const NEXT: &str = "select number, body, tags from post_texts where number > $1 order by number limit $2";
const SET_TEXTS: [&str; 2] = over_rows!(
    "with new (number, body, tags) as (select cast(value ->> 0 as bigint), value ->> 1, value ->> 2",
    ") update post_texts set body = new.body, tags = new.tags from new where post_texts.number = new.number"
);

// FTS5 replaces no row. A text that is not indexed yet is left to `indexing`.
const DELETE_GRAMS: &str = "delete from post_grams where rowid in (select value ->> 0 from json_each($1))";
const INSERT_GRAMS: &str = concatcp!(
    "insert into post_grams (rowid, grams) select value ->> 0, value ->> 1 from json_each($1) where value ->> 0 <= ",
    INDEXED
);

impl Store {
    /// Folds all texts again whose folding is not of this version. Returns whether all are done, because it ends early
    /// if the server stops.
    pub(super) async fn refold(&self, tasks: &Tasks) -> Result<bool, StoreError> {
        let version: i64 = read!(self.db, conn => sqlx::query_scalar(VERSION).fetch_one(conn).await)?;
        if version >= FOLDING {
            return Ok(true);
        }
        self.beside_cache().write(|tx| Box::pin(begin(tx))).await?;
        while !tasks.is_stopping() {
            if self.beside_cache().write(|tx| Box::pin(refold_some(tx))).await? == 0 {
                tracing::info!(version = FOLDING, "all texts are folded again for searches");
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Begins at the first text, unless an interrupted run of this version is to be continued.
async fn begin(tx: &mut Tx) -> Result<(), StoreError> {
    if run!(tx, BEGIN, [FOLDING]).await? > 0 {
        run!(tx, SET_PROGRESS, [0_i64]).await?;
    }
    Ok(())
}

/// Folds the next texts. Returns how many there were.
async fn refold_some(tx: &mut Tx) -> Result<usize, StoreError> {
    let mut texts: Vec<(i64, String, String)> = on_tx!(tx, conn => {
        let done: i64 = sqlx::query_scalar(PROGRESS).fetch_one(&mut *conn).await?;
        let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        sqlx::query_as(NEXT).bind(done).bind(limit).fetch_all(conn).await?
    });
    texts.truncate(fitting(texts.iter().map(|(_, body, _)| body.len())));
    let Some((last, ..)) = texts.last() else {
        run!(tx, SET_VERSION, [FOLDING]).await?;
        run!(tx, SET_PROGRESS, [0_i64]).await?;
        return Ok(0);
    };
    run!(tx, SET_PROGRESS, [*last]).await?;
    let count = texts.len();
    let changed: Vec<(i64, String, String)> = texts.into_iter().filter_map(refolded).collect();
    let mut batch = Batch::of(tx);
    batch.push_list(SET_TEXTS, &changed).await?;
    batch.run().await?;
    replace_grams(tx, &changed).await?;
    Ok(count)
}

/// Returns the text in its new folding, or `None` if it stays as it is.
fn refolded((number, body, tags): (i64, String, String)) -> Option<(i64, String, String)> {
    let new_body = folded_up_to(&body, writing::MAX_TEXT);
    let new_tags = writing::spaced(&tags);
    (new_body != body || new_tags != tags).then_some((number, new_body, new_tags))
}

async fn replace_grams(tx: &mut Tx, texts: &[(i64, String, String)]) -> Result<(), StoreError> {
    match &mut tx.connection {
        Connection::Sqlite(conn) => {
            let rows: Vec<_> = texts.iter().map(|(number, body, _)| (number, words(body))).collect();
            let rows = serde_json::to_string(&rows).unwrap_or_default();
            sqlx::query(DELETE_GRAMS).bind(&rows).execute(&mut *conn).await?;
            sqlx::query(INSERT_GRAMS).bind(rows).execute(&mut *conn).await?;
        }
        Connection::Postgres(conn) => {
            for (number, body, _) in texts {
                let groups: Vec<i64> = grams::of_text(body).into_iter().map(i64::from).collect();
                let sql = "update post_grams set grams = $2 where rowid = $1";
                sqlx::query(sql).bind(number).bind(groups).execute(&mut **conn).await?;
            }
        }
    }
    Ok(())
}
