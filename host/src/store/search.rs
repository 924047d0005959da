//! Searches posts by their text: `post_texts`, and the index over its character groups.
//!
//! Both databases compare the same folded text in the same way, character by character, so they return the same
//! posts. Only the index differs: FTS5 on SQLite, an array with GIN on PostgreSQL. The index only narrows the search.
//! On SQLite it lags behind ([`indexing`]), and a search also compares the texts that are not indexed yet.

mod conditions;
mod files;
mod grams;
mod indexing;
mod refolding;
mod words;
mod writing;

use std::time::Duration;

use const_format::concatcp;
use sqlx::types::Json;
use sqlx::{Database, Postgres, QueryBuilder, Sqlite, SqliteConnection};

pub(super) use self::writing::{insert, remove, remove_thread};
use super::list::fill;
use super::posts::{EARLY_HEAD, EARLY_ROWS, EARLY_TAIL, NEWEST_FIRST, POST};
use super::{Db, Store, StoreError};
use crate::model::{ChannelId, Post, Search, SearchTerm, TeamId, UserId};

/// How long one search may take: enough to compare a few million texts.
const SEARCH_TIME: Duration = Duration::from_secs(5);
const LIMIT_TIME: &str = "set local statement_timeout = '5s'";

const COLUMNS: &str = concatcp!("select ", POST, " ");

/// What surrounds the query on PostgreSQL: see [`EARLY_HEAD`].
const EARLY: [&str; 2] =
    [concatcp!(EARLY_HEAD, NEWEST_FIRST, EARLY_ROWS, COLUMNS), concatcp!(EARLY_TAIL, NEWEST_FIRST)];

// `cross join` forces SQLite into this order: from the texts that may match to the members who may read them or, if no
// index narrows, from the searching user's channels to their texts.
const BY_GRAMS: &str = " cross join post_texts t cross join posts p cross join channels c \
    cross join channel_members m where t.number = found.number and p.id = t.post_id and c.id = p.channel_id \
    and m.channel_id = c.id and p.delete_at = 0";
const BY_CHANNEL: &str = "from channel_members m cross join channels c cross join posts p cross join post_texts t \
    where c.id = m.channel_id and p.channel_id = c.id and t.post_id = p.id and p.delete_at = 0";

const NAMED: [&str; 2] = over_texts!(
    "select c.id from channels c join channel_members m on m.channel_id = c.id where m.user_id = $1 \
     and (cast($2 as text) is null or c.team_id is null or c.team_id = $2) and c.name in",
    "$3",
    "order by c.id"
);

impl Store {
    /// Returns the user's channels with one of these names: of a team and of no team, or of all teams.
    pub async fn own_channels_named(
        &self,
        user: &UserId,
        team: Option<&TeamId>,
        names: &[String],
    ) -> Result<Vec<ChannelId>, StoreError> {
        let sql = self.db.of(NAMED);
        read!(self.db, conn => sqlx::query_scalar(sql).bind(user).bind(team).bind(Json(names)).fetch_all(conn).await)
    }

    /// Returns the matching posts that the user may read, newest first, until they fill a response. Returns `TooSlow`
    /// if that takes longer than [`SEARCH_TIME`].
    pub async fn search_posts(&self, search: &Search) -> Result<Vec<Post>, StoreError> {
        Ok(match &self.db {
            Db::Sqlite { read, .. } => {
                let mut reader = read.get().await?;
                let mut query = sqlite(search);
                let read = async |conn: &mut SqliteConnection| fill(query.build_query_as().fetch(conn)).await;
                reader.within(SEARCH_TIME, read).await?
            }
            Db::Postgres(node) => {
                let mut tx = node.pool.begin().await?;
                sqlx::query(LIMIT_TIME).execute(&mut *tx).await?;
                let found = fill(postgres(search).build_query_as().fetch(&mut *tx)).await;
                let found = found.map_err(|error| {
                    if is_cancelled(&error) { StoreError::TooSlow(SEARCH_TIME) } else { error.into() }
                })?;
                tx.commit().await?;
                found
            }
        })
    }
}

/// Whether PostgreSQL ended a statement that took too long.
fn is_cancelled(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "57014")
}

/// Builds the query for SQLite.
pub fn sqlite(search: &Search) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(COLUMNS);
    push_source(&mut query, search, narrow_sqlite);
    conditions::push(&mut query, search, "p", &conditions::SQLITE, compared);
    query
}

pub fn postgres(search: &Search) -> QueryBuilder<Postgres> {
    let [head, tail] = EARLY;
    let mut query = QueryBuilder::new(head);
    push_source(&mut query, search, narrow_postgres);
    conditions::push(&mut query, search, "p", &conditions::POSTGRES, compared);
    query.push(tail);
    query
}

/// Adds the tables, and what joins them. `narrow` selects the numbers of the texts that may match.
fn push_source<DB: Database>(
    query: &mut QueryBuilder<DB>,
    search: &Search,
    narrow: fn(&mut QueryBuilder<DB>, &[Vec<u32>]),
) {
    match groups(search) {
        Some(groups) => {
            query.push("from (");
            narrow(query, &groups);
            query.push(") found").push(BY_GRAMS);
        }
        None => {
            query.push(BY_CHANNEL);
        }
    }
}

/// Returns the groups to look up, by term. Returns `None` if a term has none, so that every text must be compared.
fn groups(search: &Search) -> Option<Vec<Vec<u32>>> {
    let groups = search.terms.iter().map(|term| match term {
        SearchTerm::Text(text) | SearchTerm::Beginning(text) => grams::of_term(text),
        SearchTerm::Tag(tag) => grams::of_term(tag),
    });
    let groups: Vec<Vec<u32>> = groups.collect();
    if search.any {
        return (!groups.is_empty() && groups.iter().all(|groups| !groups.is_empty())).then_some(groups);
    }
    let all: Vec<u32> = groups.concat();
    (!all.is_empty()).then(|| vec![all])
}

fn narrow_sqlite(query: &mut QueryBuilder<Sqlite>, groups: &[Vec<u32>]) {
    let all = |groups: &Vec<u32>| {
        groups.iter().map(|group| format!("{group:08x}")).collect::<Vec<_>>().join(" AND ")
    };
    let any = groups.iter().map(|groups| format!("({})", all(groups))).collect::<Vec<_>>().join(" OR ");
    query.push("select rowid as number from post_grams where post_grams match ").push_bind(any);
    query.push(" union all select number from post_texts where number > ").push(indexing::INDEXED);
}

fn narrow_postgres(query: &mut QueryBuilder<Postgres>, groups: &[Vec<u32>]) {
    query.push("select rowid as number from post_grams where ");
    for (index, groups) in groups.iter().enumerate() {
        query.push(if index == 0 { "grams @> " } else { " or grams @> " });
        query.push_bind(groups.iter().map(|group| i64::from(*group)).collect::<Vec<i64>>());
    }
}

/// Returns the column that a term is compared with, and the text to look for in it.
fn compared(term: &SearchTerm) -> (&'static str, String) {
    match term {
        SearchTerm::Text(text) | SearchTerm::Beginning(text) => ("t.body", text.clone()),
        SearchTerm::Tag(tag) => ("t.tags", format!(" {tag} ")),
    }
}
