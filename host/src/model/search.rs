//! A resolved search: terms, authors, channels and period.

use super::{ChannelId, TeamId, Timestamp, UserId};

/// A search over the channels that `user` is in. Texts are [`folded`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    pub user: UserId,
    /// Only this team's channels, and those of no team.
    pub team: Option<TeamId>,
    pub terms: Vec<SearchTerm>,
    /// Whether one term is enough; otherwise all must match.
    pub any: bool,
    pub excluded: Vec<SearchTerm>,
    /// Empty: all authors.
    pub authors: Vec<UserId>,
    pub other_authors: Vec<UserId>,
    /// Empty: all channels.
    pub channels: Vec<ChannelId>,
    pub other_channels: Vec<ChannelId>,
    pub from: Option<Timestamp>,
    /// The first moment that is too late.
    pub until: Option<Timestamp>,
    /// Whether archived channels are searched, too.
    pub archived: bool,
    pub offset: i64,
    pub limit: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchTerm {
    /// Anywhere in a text.
    Text(String),
    /// A whole hashtag, with its sign.
    Tag(String),
}

/// A text as searches compare it: in lower case, each run of blanks as one blank, none at its ends. Each character
/// folds by itself, so that a part of a text folds to a part of the folded text.
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
    fn case_and_blanks_do_not_count() {
        assert_eq!(folded("  GRÜSSE\n\tan\u{3000}東京 ΟΔΟΣ "), "grüsse an 東京 οδοσ");
        assert_eq!(folded(" \0\n"), "");
    }
}
