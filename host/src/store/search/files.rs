//! Searches files by their names, among the posts that a user may read.
//!
//! The names are short, so no index narrows the search: it reads the files of the user's channels, as
//! `files_by_channel` lists them.

use const_format::concatcp;
use sqlx::{Database, Encode, Postgres, QueryBuilder, Sqlite, SqliteConnection, Type};

use super::conditions::{self, Comparison};
use super::{LIMIT_TIME, SEARCH_TIME, is_cancelled};
use crate::model::{FileInfo, Search, SearchTerm};
use crate::store::{Db, Store, StoreError};

const FOUND: &str = concatcp!(
    "select f.id, f.user_id, f.channel_id, f.post_id, f.name, f.size, f.mime_type, f.width, f.height, f.create_at, ",
    "f.update_at from channel_members m join channels c on c.id = m.channel_id join files f on f.channel_id = c.id ",
    "where f.post_id is not null and f.delete_at = 0"
);

impl Store {
    /// Returns the files of posts that the user may read and whose names match, the latest first. With `extensions`,
    /// only those whose names end so. Returns `TooSlow` if that takes longer than [`SEARCH_TIME`].
    pub async fn search_files(
        &self,
        search: &Search,
        extensions: &[String],
    ) -> Result<Vec<FileInfo>, StoreError> {
        Ok(match &self.db {
            Db::Sqlite { read, .. } => {
                let mut reader = read.get().await?;
                let mut query = query::<Sqlite>(search, extensions, &conditions::SQLITE);
                let read = async |conn: &mut SqliteConnection| query.build_query_as().fetch_all(conn).await;
                reader.within(SEARCH_TIME, read).await?
            }
            Db::Postgres(node) => {
                let mut query = query::<Postgres>(search, extensions, &conditions::POSTGRES);
                let mut tx = node.pool.begin().await?;
                sqlx::query(LIMIT_TIME).execute(&mut *tx).await?;
                let found = query.build_query_as().fetch_all(&mut *tx).await;
                let found = found.map_err(|error| {
                    if is_cancelled(&error) { StoreError::TooSlow(SEARCH_TIME) } else { error.into() }
                })?;
                tx.commit().await?;
                found
            }
        })
    }
}

/// Builds the query for one database.
fn query<DB: Database>(search: &Search, extensions: &[String], comparison: &Comparison) -> QueryBuilder<DB>
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut query = QueryBuilder::new(FOUND);
    for (index, extension) in extensions.iter().enumerate() {
        query.push(if index == 0 { " and (" } else { " or " }).push("f.folded_name like ");
        query.push_bind(format!("%.{extension}"));
    }
    if !extensions.is_empty() {
        query.push(")");
    }
    conditions::push(&mut query, search, "f", comparison, compared);
    query
}

/// A hashtag is a word of a name like any other.
fn compared(term: &SearchTerm) -> (&'static str, String) {
    match term {
        SearchTerm::Text(text) | SearchTerm::Beginning(text) | SearchTerm::Tag(text) => {
            ("f.folded_name", text.clone())
        }
    }
}
