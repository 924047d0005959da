//! Searches posts by their text: `post_texts`, and the index over its character groups.
//!
//! Both databases compare the same folded text in the same way, character by character, so they return the same
//! posts. Only the index differs: FTS5 on SQLite, an array with GIN on PostgreSQL. The index only narrows the search.
//! On SQLite it lags behind ([`indexing`]), and a search also compares the texts that are not indexed yet.

mod files;
mod grams;
mod indexing;
mod refolding;
mod words;
mod writing;

use std::time::Duration;

use const_format::concatcp;
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder, Sqlite, SqliteConnection};

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

/// The query for one database: `$position` finds a text in another, `$like` compares with a pattern of `$pattern`,
/// `$indexed` narrows by groups, and the texts of `$around` surround it.
macro_rules! build_search {
    ($db:ty, $search:expr, [$position:literal, $like:literal, $pattern:expr], $indexed:ident, $around:expr) => {{
        let search: &Search = $search;
        let [head, tail] = $around;
        let mut query = QueryBuilder::<$db>::new(head);
        match groups(search) {
            Some(groups) => {
                query.push("from (");
                $indexed(&mut query, &groups);
                query.push(") found").push(BY_GRAMS);
            }
            None => {
                query.push(BY_CHANNEL);
            }
        }
        query.push(" and m.user_id = ").push_bind(search.user.to_string());
        if let Some(team) = &search.team {
            query.push(" and (c.team_id is null or c.team_id = ").push_bind(team.to_string()).push(")");
        }
        if !search.archived {
            query.push(" and c.delete_at = 0");
        }
        for (moment, relation) in [(search.from, ">="), (search.until, "<")] {
            if let Some(moment) = moment {
                query.push(" and p.create_at ").push(relation).push(" ").push_bind(moment.as_millis());
            }
        }
        let lists = [
            ("p.user_id in (", search.authors.iter().map(UserId::as_str).collect::<Vec<_>>()),
            ("p.user_id not in (", search.other_authors.iter().map(UserId::as_str).collect()),
            ("c.id in (", search.channels.iter().map(|id| id.as_str()).collect()),
            ("c.id not in (", search.other_channels.iter().map(|id| id.as_str()).collect()),
        ];
        for (condition, ids) in lists.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            query.push(" and ").push(condition);
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.to_owned());
            }
            query.push(")");
        }
        let junction = if search.any { " or " } else { " and " };
        for (terms, junction, holds) in [(&search.terms, junction, "("), (&search.excluded, " and ", "not (")]
        {
            for (index, term) in terms.iter().enumerate() {
                query
                    .push(if index == 0 { " and (" } else { junction })
                    .push(holds)
                    .push($position)
                    .push("(");
                let (column, text) = compared(term);
                query.push(column).push(", ").push_bind(text).push(") > 0");
                // Compared last, because it takes longer.
                if let Some(pattern) = $pattern(term) {
                    query.push(" and ' ' || ").push(column).push(" || ' ' ").push($like).push(" ");
                    query.push_bind(pattern);
                }
                query.push(")");
            }
            if !terms.is_empty() {
                query.push(")");
            }
        }
        query.push(" order by p.create_at desc, p.id desc limit ").push_bind(search.limit);
        query.push(" offset ").push_bind(search.offset).push(tail);
        query
    }};
}

// The databases bind a list differently: as JSON text here, as an array there.
const SQLITE_NAMED: &str = "select c.id from channels c join channel_members m on m.channel_id = c.id \
    where m.user_id = $1 and ($2 is null or c.team_id is null or c.team_id = $2) \
    and c.name in (select value from json_each($3)) order by c.id";
const POSTGRES_NAMED: &str = "select c.id from channels c join channel_members m on m.channel_id = c.id \
    where m.user_id = $1 and ($2::text is null or c.team_id is null or c.team_id = $2) \
    and c.name = any($3) order by c.id";

impl Store {
    /// Returns the user's channels with one of these names: of a team and of no team, or of all teams.
    pub async fn own_channels_named(
        &self,
        user: &UserId,
        team: Option<&TeamId>,
        names: &[String],
    ) -> Result<Vec<ChannelId>, StoreError> {
        Ok(match &self.db {
            Db::Sqlite { read, .. } => {
                let query = sqlx::query_scalar(SQLITE_NAMED).bind(user).bind(team).bind(Json(names));
                query.fetch_all(&mut *read.get().await?).await?
            }
            Db::Postgres { pool, .. } => {
                let query = sqlx::query_scalar(POSTGRES_NAMED).bind(user).bind(team).bind(names);
                query.fetch_all(pool).await?
            }
        })
    }

    /// Returns the matching posts that the user may read, newest first, until they fill a response. Returns `TooSlow` if
    /// that takes longer than [`SEARCH_TIME`].
    pub async fn search_posts(&self, search: &Search) -> Result<Vec<Post>, StoreError> {
        Ok(match &self.db {
            Db::Sqlite { read, .. } => {
                let mut reader = read.get().await?;
                let mut query = sqlite(search);
                let read = async |conn: &mut SqliteConnection| fill(query.build_query_as().fetch(conn)).await;
                reader.within(SEARCH_TIME, read).await?
            }
            Db::Postgres { pool, .. } => {
                let mut tx = pool.begin().await?;
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
    build_search!(Sqlite, search, ["instr", "glob", words::glob], narrow_sqlite, [COLUMNS, ""])
}

pub fn postgres(search: &Search) -> QueryBuilder<Postgres> {
    build_search!(Postgres, search, ["strpos", "~", words::regex], narrow_postgres, EARLY)
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
