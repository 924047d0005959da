//! Search: turns the text of a request into a query of the store.

mod words;

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::words::{Side, Subject, Words};
use super::{Chat, ChatError};
use crate::model::{
    ChannelId, FileInfo, Kind, Post, Search, SearchTerm, TeamId, Timestamp, User, UserId, with_plain_quotes,
};

/// The longest search text, in characters.
const MAX_SEARCH: usize = 2_000;

/// Most words and conditions in one search.
const MAX_WORDS: usize = 50;

/// The largest difference of a time zone from UTC, in seconds.
const MAX_OFFSET: i64 = 24 * 60 * 60;

const DAY: Duration = Duration::from_hours(24);

/// A search that a client requests.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    pub team: Option<TeamId>,
    pub terms: String,
    /// Whether one term is enough; otherwise all must match.
    pub any: bool,
    /// Whether archived channels are searched too.
    pub archived: bool,
    /// By how many seconds the user's days begin before those in UTC.
    pub time_zone_offset: i64,
    pub offset: i64,
    pub limit: i64,
}

impl Chat {
    /// Returns the matching posts of the user's channels, newest first.
    pub async fn search(&self, user: &User, request: SearchRequest) -> Result<Vec<Post>, ChatError> {
        if let Some(team) = &request.team {
            self.enter_team(user, team).await?;
        }
        let words = checked_words(&request.terms, Subject::Posts)?;
        match self.resolve(user, request, words).await? {
            Some(search) => Ok(self.store.search_posts(&search).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the matching files of posts in the user's channels, the latest first.
    pub async fn search_files(
        &self,
        user: &User,
        request: SearchRequest,
    ) -> Result<Vec<FileInfo>, ChatError> {
        if let Some(team) = &request.team {
            self.enter_team(user, team).await?;
        }
        let words = checked_words(&request.terms, Subject::Files)?;
        let extensions: Vec<String> = words.extensions.of(Side::Wanted).cloned().collect();
        match self.resolve(user, request, words).await? {
            Some(search) => Ok(self.store.search_files(&search, &extensions).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Returns None if nothing can match, because a user or channel of the search does not exist.
    async fn resolve(
        &self,
        user: &User,
        request: SearchRequest,
        words: Words,
    ) -> Result<Option<Search>, ChatError> {
        let (from, until) = period(&words, request.time_zone_offset);
        let [authors, other_authors] = [Side::Wanted, Side::Excluded].map(|side| words.from.of(side));
        let [channels, other_channels] = [Side::Wanted, Side::Excluded].map(|side| words.channels.of(side));
        let mut search = Search {
            user: user.id.clone(),
            team: request.team,
            terms: words.terms.of(Side::Wanted).cloned().collect::<Vec<SearchTerm>>(),
            any: request.any,
            excluded: words.terms.of(Side::Excluded).cloned().collect(),
            authors: self.users_named(authors).await?,
            other_authors: self.users_named(other_authors).await?,
            channels: Vec::new(),
            other_channels: Vec::new(),
            from,
            until,
            archived: request.archived,
            offset: request.offset,
            limit: request.limit,
        };
        search.channels = self.channels_named(user, search.team.as_ref(), channels).await?;
        search.other_channels = self.channels_named(user, search.team.as_ref(), other_channels).await?;
        let no_channel = search.channels.is_empty() && words.channels.of(Side::Wanted).next().is_some();
        let no_author = search.authors.is_empty() && words.from.of(Side::Wanted).next().is_some();
        // The text contained nothing to search for, such as an empty phrase.
        let no_term = words.count() == 0;
        Ok((!no_channel && !no_author && !no_term).then_some(search))
    }

    async fn users_named(&self, names: impl Iterator<Item = &String>) -> Result<Vec<UserId>, ChatError> {
        let mut users = Vec::new();
        for name in names {
            users.extend(self.store.user_by_username(name).await?.map(|user| user.id));
        }
        Ok(users)
    }

    /// Returns the user's channels by name, or direct channels by the other member's `@name`.
    async fn channels_named(
        &self,
        user: &User,
        team: Option<&TeamId>,
        names: impl Iterator<Item = &String>,
    ) -> Result<Vec<ChannelId>, ChatError> {
        let mut wanted = Vec::new();
        for name in names {
            match name.strip_prefix('@') {
                None => wanted.push(name.clone()),
                Some(name) => {
                    if let Some(other) = self.store.user_by_username(name).await? {
                        let mut pair = [user.id.as_str(), other.id.as_str()];
                        pair.sort_unstable();
                        wanted.push(pair.join("__"));
                    }
                }
            }
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.own_channels_named(&user.id, team, &wanted).await?)
    }
}

/// Parses the text of a search, and checks its limits.
fn checked_words(terms: &str, subject: Subject) -> Result<Words, ChatError> {
    let invalid = |reason: String| Err(ChatError::Invalid { kind: Kind::Request, field: "terms", reason });
    if terms.trim().is_empty() {
        return invalid("it has no words; send at least one".to_owned());
    }
    if terms.chars().count() > MAX_SEARCH {
        return invalid(format!("it may have at most {MAX_SEARCH} characters"));
    }
    let words = Words::parse(&with_plain_quotes(terms), subject);
    if words.count() > MAX_WORDS {
        return invalid(format!("it may have at most {MAX_WORDS} words and conditions"));
    }
    Ok(words)
}

/// Returns the search's period: its first moment, and the first one after it.
fn period(words: &Words, time_zone_offset: i64) -> (Option<Timestamp>, Option<Timestamp>) {
    let begin = |date: &Date| day(*date, time_zone_offset);
    let end = |date: &Date| begin(date).map(|begin| begin.plus(DAY));
    let on = words.on.as_ref();
    let from = [words.after.as_ref().and_then(end), on.and_then(begin)].into_iter().flatten().max();
    let until = [words.before.as_ref().and_then(begin), on.and_then(end)].into_iter().flatten().min();
    (from, until)
}

/// Returns when a day begins in the time zone that is this many seconds ahead of UTC.
fn day(date: Date, offset: i64) -> Option<Timestamp> {
    let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond();
    Some(Timestamp::from_millis(midnight - offset.clamp(-MAX_OFFSET, MAX_OFFSET) * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period_of(text: &str, offset: i64) -> (Option<i64>, Option<i64>) {
        let Ok(words) = text.parse::<Words>();
        let (from, until) = period(&words, offset);
        (from.map(Timestamp::as_millis), until.map(Timestamp::as_millis))
    }

    #[test]
    fn a_day_begins_in_the_users_time_zone() {
        // 2026-01-02T00:00:00Z
        let begin = 1_767_312_000_000;
        let day = 86_400_000;
        assert_eq!(period_of("on:2026-01-02", 0), (Some(begin), Some(begin + day)));
        assert_eq!(period_of("on:2026-1-2", 3600), (Some(begin - 3_600_000), Some(begin - 3_600_000 + day)));
        assert_eq!(
            period_of("after:2026-01-02 before:2026-01-05", 0),
            (Some(begin + day), Some(begin + 3 * day))
        );
        assert_eq!(period_of("x", 0), (None, None));
        assert!(period_of("on:2026-01-02", i64::MIN).0.is_some());
        assert!(period_of("on:-9999-01-01", i64::MAX).0.is_none());
    }
}
