//! The conditions that searches of posts and of files share.

use sqlx::{Database, Encode, QueryBuilder, Type};

use super::words;
use crate::model::{ChannelId, Search, SearchTerm, UserId};

/// How a database compares a text.
pub(super) struct Comparison {
    /// The function that finds a text in another.
    position: &'static str,
    /// The operator that compares with a pattern.
    like: &'static str,
    pattern: fn(&SearchTerm) -> Option<String>,
}

pub(super) const SQLITE: Comparison = Comparison { position: "instr", like: "glob", pattern: words::glob };
pub(super) const POSTGRES: Comparison = Comparison { position: "strpos", like: "~", pattern: words::regex };

/// Adds the conditions of a search on the rows `row`, whose channel is `c` and which the member `m` may read, their
/// order and the page. `compared` returns the column that a term is compared with, and the text to look for in it.
pub(super) fn push<DB: Database>(
    query: &mut QueryBuilder<DB>,
    search: &Search,
    row: &'static str,
    comparison: &Comparison,
    compared: fn(&SearchTerm) -> (&'static str, String),
) where
    String: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    query.push(" and m.user_id = ").push_bind(search.user.to_string());
    if let Some(team) = &search.team {
        query.push(" and (c.team_id is null or c.team_id = ").push_bind(team.to_string()).push(")");
    }
    if !search.archived {
        query.push(" and c.delete_at = 0");
    }
    for (moment, relation) in [(search.from, " >= "), (search.until, " < ")] {
        if let Some(moment) = moment {
            query.push(" and ").push(row).push(".create_at").push(relation).push_bind(moment.as_millis());
        }
    }
    let authors = |ids: &[UserId]| ids.iter().map(UserId::to_string).collect::<Vec<_>>();
    let channels = |ids: &[ChannelId]| ids.iter().map(ChannelId::to_string).collect::<Vec<_>>();
    let lists = [
        (row, ".user_id in (", authors(&search.authors)),
        (row, ".user_id not in (", authors(&search.other_authors)),
        ("c", ".id in (", channels(&search.channels)),
        ("c", ".id not in (", channels(&search.other_channels)),
    ];
    for (table, condition, ids) in lists.into_iter().filter(|(_, _, ids)| !ids.is_empty()) {
        query.push(" and ").push(table).push(condition);
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id);
        }
        query.push(")");
    }
    let junction = if search.any { " or " } else { " and " };
    for (terms, junction, holds) in [(&search.terms, junction, "("), (&search.excluded, " and ", "not (")] {
        for (index, term) in terms.iter().enumerate() {
            query.push(if index == 0 { " and (" } else { junction }).push(holds);
            let (column, text) = compared(term);
            query.push(comparison.position).push("(").push(column).push(", ").push_bind(text).push(") > 0");
            // Compared last, because it takes longer.
            if let Some(pattern) = (comparison.pattern)(term) {
                query.push(" and ' ' || ").push(column).push(" || ' ' ").push(comparison.like).push(" ");
                query.push_bind(pattern);
            }
            query.push(")");
        }
        if !terms.is_empty() {
            query.push(")");
        }
    }
    query.push(" order by ").push(row).push(".create_at desc, ").push(row).push(".id desc limit ");
    query.push_bind(search.limit).push(" offset ").push_bind(search.offset);
}
