//! A resolved search: terms, authors, channels and period.

use super::{ChannelId, TeamId, Timestamp, UserId};

/// A search over the channels that `user` is a member of. All texts are [`folded`].
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
    /// Matches anywhere in a text.
    Text(String),
    /// Matches a whole hashtag, sign included.
    Tag(String),
}

/// Returns a text as searches compare it: in lower case, each run of blanks as one blank, none at its ends. Each
/// character folds by itself, so that a part of a text folds to a part of the folded text.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c == '\0').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_and_runs_of_blanks() {
        assert_eq!(folded("  GRÜSSE\n\tan\u{3000}東京 ΟΔΟΣ "), "grüsse an 東京 οδοσ");
        assert_eq!(folded(" \0\n"), "");
    }
}
