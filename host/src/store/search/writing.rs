//! Writes and deletes texts and groups with their posts: many posts in few statements.

use std::collections::HashMap;
use std::sync::LazyLock;

use sqlx::PgConnection;

use super::grams;
use crate::model::{Post, PostId, folded, folded_up_to};
use crate::store::sqlite::{Batch, Rows, push_rows};
use crate::store::{StoreError, Tx};

/// Most characters of one post that are searched. Text after them is not found.
pub(super) const MAX_TEXT: usize = 32_768;

static TEXTS: LazyLock<Rows> = LazyLock::new(|| Rows::insert("post_texts", "post_id, body, tags"));
static NUMBERED_TEXTS: LazyLock<Rows> =
    LazyLock::new(|| Rows::insert_returning("post_texts", "post_id, body, tags", "number, post_id"));
static GRAMS: LazyLock<Rows> = LazyLock::new(|| Rows::insert("post_grams", "rowid, grams"));

/// The searchable text of one post.
struct Text<'p> {
    post: &'p PostId,
    body: String,
    /// The hashtags, each surrounded by blanks.
    tags: String,
}

/// Makes posts searchable, except system posts and those without text.
pub(in crate::store) async fn insert(batch: &mut Batch<'_>, posts: &[&Post]) -> Result<(), StoreError> {
    let texts: Vec<Text<'_>> = posts.iter().filter_map(|post| text_of(post)).collect();
    if let Batch::Postgres(conn) = batch {
        return insert_indexed(conn, &texts).await;
    }
    push_rows!(batch, TEXTS, &texts, text => [text.post, &text.body, &text.tags]).await
}

/// PostgreSQL's index is written with the texts, because GIN keeps its own list of pending entries.
async fn insert_indexed(conn: &mut PgConnection, texts: &[Text<'_>]) -> Result<(), StoreError> {
    let mut numbers: HashMap<PostId, i64> = HashMap::with_capacity(texts.len());
    for (sql, rows) in NUMBERED_TEXTS.of_postgres(texts) {
        let mut query = sqlx::query_as(sql);
        for text in rows {
            query = query.bind(text.post).bind(&text.body).bind(&text.tags);
        }
        let made: Vec<(i64, PostId)> = query.fetch_all(&mut *conn).await?;
        // Mapped by post, because an insert returns its rows in no order.
        numbers.extend(made.into_iter().map(|(number, post)| (post, number)));
    }
    let indexed: Vec<(i64, &str)> =
        texts.iter().filter_map(|text| Some((*numbers.get(text.post)?, text.body.as_str()))).collect();
    for (sql, rows) in GRAMS.of_postgres(&indexed) {
        let mut query = sqlx::query(sql);
        for (number, body) in rows {
            let groups: Vec<i64> = grams::of_text(body).into_iter().map(i64::from).collect();
            query = query.bind(number).bind(groups);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Returns a post's searchable text, or `None` if there is nothing to search.
fn text_of(post: &Post) -> Option<Text<'_>> {
    if post.kind.is_system() {
        return None;
    }
    let body = folded_up_to(&post.searchable(), MAX_TEXT);
    (!body.is_empty()).then(|| Text { post: &post.id, body, tags: spaced(&post.hashtags()) })
}

/// Returns hashtags folded, each surrounded by blanks.
pub(super) fn spaced(tags: &str) -> String {
    format!(" {} ", folded(tags))
}

/// Deletes the texts of a post and of its replies.
pub(in crate::store) async fn remove_thread(tx: &mut Tx, post: &PostId) -> Result<(), StoreError> {
    on_tx!(tx, conn => {
        sqlx::query(
            "delete from post_grams where rowid in (select t.number from post_texts t join posts p \
             on p.id = t.post_id where p.id = $1 or p.root_id = $1)")
            .bind(post).execute(&mut *conn).await?;
        sqlx::query(
            "delete from post_texts where post_id in (select id from posts where id = $1 or root_id = $1)")
            .bind(post).execute(conn).await?;
    });
    Ok(())
}

/// Deletes the text of one post.
pub(in crate::store) async fn remove(tx: &mut Tx, post: &PostId) -> Result<(), StoreError> {
    on_tx!(tx, conn => {
        sqlx::query("delete from post_grams where rowid in (select number from post_texts where post_id = $1)")
            .bind(post).execute(&mut *conn).await?;
        sqlx::query("delete from post_texts where post_id = $1").bind(post).execute(conn).await?;
    });
    Ok(())
}
