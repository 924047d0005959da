//! Searches files by their names, among the posts that a user may read.
//!
//! The names are short, so no index narrows the search: it reads the files of the user's channels, as
//! `files_by_channel` lists them.

use const_format::concatcp;
use sqlx::{Postgres, QueryBuilder, Sqlite, SqliteConnection};

use super::{LIMIT_TIME, SEARCH_TIME, is_cancelled, words};
use crate::model::{ChannelId, FileInfo, Search, SearchTerm, UserId};
use crate::store::{Db, Store, StoreError};

const FOUND: &str = concatcp!(
    "select f.id, f.user_id, f.channel_id, f.post_id, f.name, f.size, f.mime_type, f.width, f.height, f.create_at, ",
    "f.update_at from channel_members m join channels c on c.id = m.channel_id join files f on f.channel_id = c.id ",
    "where f.post_id is not null and f.delete_at = 0 and m.user_id = "
);

/// The query for one database. See `build_search` in [`super`].
macro_rules! build_search {
    ($db:ty, $search:expr, $extensions:expr, [$position:literal, $like:literal, $pattern:expr]) => {{
        let search: &Search = $search;
        let mut query = QueryBuilder::<$db>::new(FOUND);
        query.push_bind(search.user.to_string());
        if let Some(team) = &search.team {
            query.push(" and (c.team_id is null or c.team_id = ").push_bind(team.to_string()).push(")");
        }
        if !search.archived {
            query.push(" and c.delete_at = 0");
        }
        for (moment, relation) in [(search.from, ">="), (search.until, "<")] {
            if let Some(moment) = moment {
                query.push(" and f.create_at ").push(relation).push(" ").push_bind(moment.as_millis());
            }
        }
        let lists = [
            ("f.user_id in (", search.authors.iter().map(UserId::as_str).collect::<Vec<_>>()),
            ("f.user_id not in (", search.other_authors.iter().map(UserId::as_str).collect()),
            ("c.id in (", search.channels.iter().map(ChannelId::as_str).collect()),
            ("c.id not in (", search.other_channels.iter().map(ChannelId::as_str).collect()),
        ];
        for (condition, ids) in lists.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            query.push(" and ").push(condition);
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.to_owned());
            }
            query.push(")");
        }
        for (index, extension) in $extensions.iter().enumerate() {
            query.push(if index == 0 { " and (" } else { " or " }).push("f.folded_name like ");
            query.push_bind(format!("%.{extension}"));
        }
        if !$extensions.is_empty() {
            query.push(")");
        }
        let junction = if search.any { " or " } else { " and " };
        for (terms, junction, holds) in [(&search.terms, junction, "("), (&search.excluded, " and ", "not (")]
        {
            for (index, term) in terms.iter().enumerate() {
                query.push(if index == 0 { " and (" } else { junction }).push(holds).push($position);
                query.push("(f.folded_name, ").push_bind(text(term)).push(") > 0");
                if let Some(pattern) = $pattern(term) {
                    query.push(" and ' ' || f.folded_name || ' ' ").push($like).push(" ").push_bind(pattern);
                }
                query.push(")");
            }
            if !terms.is_empty() {
                query.push(")");
            }
        }
        query.push(" order by f.create_at desc, f.id desc limit ").push_bind(search.limit);
        query.push(" offset ").push_bind(search.offset);
        query
    }};
}

impl Store {
    /// Returns the files of posts that the user may read and whose names match, the latest first. With `extensions`, only
    /// those whose names end so. Returns `TooSlow` if that takes longer than [`SEARCH_TIME`].
    pub async fn search_files(
        &self,
        search: &Search,
        extensions: &[String],
    ) -> Result<Vec<FileInfo>, StoreError> {
        Ok(match &self.db {
            Db::Sqlite { read, .. } => {
                let mut reader = read.get().await?;
                let mut query = build_search!(Sqlite, search, extensions, ["instr", "glob", words::glob]);
                let read = async |conn: &mut SqliteConnection| query.build_query_as().fetch_all(conn).await;
                reader.within(SEARCH_TIME, read).await?
            }
            Db::Postgres { pool, .. } => {
                let mut query = build_search!(Postgres, search, extensions, ["strpos", "~", words::regex]);
                let mut tx = pool.begin().await?;
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

/// A hashtag is a word of a name like any other.
fn text(term: &SearchTerm) -> String {
    match term {
        SearchTerm::Text(text) | SearchTerm::Beginning(text) | SearchTerm::Tag(text) => text.clone(),
    }
}
