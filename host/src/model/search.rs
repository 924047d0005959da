//! A resolved search: terms, authors, channels and period.

use super::{ChannelId, TeamId, Timestamp, UserId};

/// A search over the channels that `user` is a member of. All texts are [`folded`](super::folded).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    pub user: UserId,
    /// If set, only this team's channels and those of no team are searched.
    pub team: Option<TeamId>,
    pub terms: Vec<SearchTerm>,
    /// Whether one term is enough; otherwise all must match.
    pub any: bool,
    pub excluded: Vec<SearchTerm>,
    /// Empty for all authors.
    pub authors: Vec<UserId>,
    pub other_authors: Vec<UserId>,
    /// Empty for all channels.
    pub channels: Vec<ChannelId>,
    pub other_channels: Vec<ChannelId>,
    pub from: Option<Timestamp>,
    /// The end of the period, exclusive.
    pub until: Option<Timestamp>,
    /// Whether archived channels are searched too.
    pub archived: bool,
    pub offset: i64,
    pub limit: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchTerm {
    /// Matches whole words of a text, and anything in scripts that put no blanks between words.
    Text(String),
    /// As [`SearchTerm::Text`], but the last word may go on.
    Beginning(String),
    /// Matches a whole hashtag, sign included.
    Tag(String),
}

/// Whether a character belongs to the words of a script that separates words: Latin, Greek, Cyrillic, Hebrew, Arabic.
/// Their texts are folded, so there are no capitals.
pub fn is_word_char(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='z' | '\u{df}'..='\u{24f}' | '\u{370}'..='\u{52f}' | '\u{590}'..='\u{6ff}')
}
