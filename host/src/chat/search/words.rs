//! Parsing the text of a search. Pure.
//!
//! The syntax has words, `"phrases"`, `-exclusions`, `#tags`, `prefix*`, and the conditions `from:`, `in:` or
//! `channel:`, `before:`, `after:`, `on:`. Text that is not a valid condition counts as words; no text is an error.

use std::convert::Infallible;
use std::str::FromStr;

use jiff::civil::Date;

use crate::model::{SearchTerm, folded, is_word_char};

/// Characters that end a sentence rather than belong to a word.
const STOPS: &[char] = &[',', '.', ';', ':', '!', '?', '，', '。', '；', '：', '！', '？', '、'];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Wanted,
    Excluded,
}

/// Conditions that a post must meet, and conditions that it must not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conditions<T>(Vec<(Side, T)>);

/// What is searched. Only files have extensions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Subject {
    #[default]
    Posts,
    Files,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    subject: Subject,
    pub(super) terms: Conditions<SearchTerm>,
    /// Authors' usernames.
    pub(super) from: Conditions<String>,
    /// Names of channels, or `@` and a username.
    pub(super) channels: Conditions<String>,
    /// Ends of files' names, without the full stop.
    pub(super) extensions: Conditions<String>,
    pub(super) before: Option<Date>,
    pub(super) after: Option<Date>,
    pub(super) on: Option<Date>,
}

/// One token of the text.
enum Piece<'t> {
    Word(&'t str),
    Phrase(&'t str),
}

impl Words {
    pub(super) fn count(&self) -> usize {
        let dates = [self.before, self.after, self.on].into_iter().flatten().count();
        self.terms.0.len() + self.from.0.len() + self.channels.0.len() + self.extensions.0.len() + dates
    }

    /// Adds a condition. Returns false if it is not a condition, so that it counts as words.
    fn condition(&mut self, side: Side, key: &str, value: &str) -> bool {
        let value = value.to_lowercase();
        match key.to_ascii_lowercase().as_str() {
            "from" => self.from.add(side, value.trim_start_matches('@').to_owned()),
            "in" | "channel" => self.channels.add(side, value.trim_start_matches('~').to_owned()),
            "ext" if self.subject == Subject::Files && is_extension(&value) => {
                self.extensions.add(side, value)
            }
            "before" => keep(&mut self.before, side, &value),
            "after" => keep(&mut self.after, side, &value),
            "on" => keep(&mut self.on, side, &value),
            _ => false,
        }
    }

    fn term(&mut self, side: Side, word: &str) {
        let word = word.trim_matches(STOPS);
        let stem = word.trim_end_matches('*');
        let text = folded(stem);
        if text.is_empty() {
            return;
        }
        let has_star = stem.len() < word.len();
        let term = if has_star && text.ends_with(is_word_char) {
            SearchTerm::Beginning(text)
        } else if !has_star && is_tag(&text) {
            SearchTerm::Tag(text)
        } else {
            SearchTerm::Text(text)
        };
        self.terms.0.push((side, term));
    }
}

impl FromStr for Words {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text, Subject::Posts))
    }
}

impl Words {
    pub(super) fn parse(text: &str, subject: Subject) -> Self {
        let mut words = Self { subject, ..Self::default() };
        let mut rest = text;
        while let Some((side, piece, after)) = next(rest) {
            rest = after;
            let word = match piece {
                Piece::Word(word) => word,
                Piece::Phrase(phrase) => {
                    let phrase = folded(phrase);
                    if !phrase.is_empty() {
                        words.terms.0.push((side, SearchTerm::Text(phrase)));
                    }
                    continue;
                }
            };
            match word.split_once(':') {
                Some((key, "")) => match next(rest) {
                    // `from: anna` means `from:anna`.
                    Some((Side::Wanted, Piece::Word(value), after)) if words.condition(side, key, value) => {
                        rest = after;
                    }
                    _ => words.term(side, word),
                },
                Some((key, value)) if words.condition(side, key, value) => {}
                _ => words.term(side, word),
            }
        }
        words
    }
}

/// Returns the next piece, with the text after it.
fn next(text: &str) -> Option<(Side, Piece<'_>, &str)> {
    let is_blank = |c: char| c.is_whitespace() || c == '\0';
    let mut text = text.trim_start_matches(is_blank);
    let mut side = Side::Wanted;
    if let Some(after) = text.strip_prefix('-')
        && !after.is_empty()
        && !after.starts_with(is_blank)
    {
        (side, text) = (Side::Excluded, after);
    }
    if text.is_empty() {
        return None;
    }
    if let Some(inside) = text.strip_prefix('"') {
        let (phrase, after) = inside.split_once('"').unwrap_or((inside, ""));
        return Some((side, Piece::Phrase(phrase), after));
    }
    let end = text.find(|c: char| is_blank(c) || c == '"').unwrap_or(text.len());
    Some((side, Piece::Word(&text[..end]), &text[end..]))
}

fn keep(kept: &mut Option<Date>, side: Side, value: &str) -> bool {
    let date = date(value).filter(|_| side == Side::Wanted);
    if date.is_some() {
        *kept = date;
    }
    date.is_some()
}

fn is_extension(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Parses `2026-01-31`, also without leading zeros.
fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn is_tag(text: &str) -> bool {
    let Some(name) = text.strip_prefix('#') else { return false };
    let ends = name.starts_with(char::is_alphabetic) && name.ends_with(char::is_alphanumeric);
    ends && text.chars().count() > 2 && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
}

// === impl Conditions ===

impl<T> Conditions<T> {
    pub(super) fn of(&self, side: Side) -> impl Iterator<Item = &T> {
        self.0.iter().filter(move |(on, _)| *on == side).map(|(_, thing)| thing)
    }
}

impl Conditions<String> {
    fn add(&mut self, side: Side, name: String) -> bool {
        let is_name = !name.is_empty();
        if is_name {
            self.0.push((side, name));
        }
        is_name
    }
}

impl<T> Default for Conditions<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[cfg(test)]
mod tests;
