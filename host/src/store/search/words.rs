//! Patterns that find a term as whole words: for SQLite's `glob` and for the regular expressions of PostgreSQL. Pure.

use crate::model::{SearchTerm, is_word_char};

/// The characters of [`is_word_char`], as both kinds of patterns write them inside brackets.
const WORD: &str = "0-9a-z\u{df}-\u{24f}\u{370}-\u{52f}\u{590}-\u{6ff}";

/// Returns a pattern for `glob`, for a text between two blanks. Returns None if the term matches anywhere.
pub(super) fn glob(term: &SearchTerm) -> Option<String> {
    let (text, before, after) = edges(term)?;
    let mut pattern = format!("*{before}");
    for c in text.chars() {
        match c {
            '*' | '?' | '[' => pattern.extend(['[', c, ']']),
            _ => pattern.push(c),
        }
    }
    pattern.push_str(&after);
    pattern.push('*');
    Some(pattern)
}

/// As [`glob`], as a regular expression.
pub(super) fn regex(term: &SearchTerm) -> Option<String> {
    let (text, before, after) = edges(term)?;
    let mut pattern = before;
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push_str(&after);
    Some(pattern)
}

/// Returns the term's text, and what must stand before and after it.
fn edges(term: &SearchTerm) -> Option<(&str, String, String)> {
    let (text, may_go_on) = match term {
        SearchTerm::Text(text) => (text, false),
        SearchTerm::Beginning(text) => (text, true),
        SearchTerm::Tag(_) => return None,
    };
    let edge = |is_edge: bool| if is_edge { format!("[^{WORD}]") } else { String::new() };
    let before = edge(text.starts_with(is_word_char));
    let after = edge(!may_go_on && text.ends_with(is_word_char));
    (!before.is_empty() || !after.is_empty()).then_some((text, before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_ends_at_the_edges_of_words() {
        let text = |text: &str| SearchTerm::Text(text.to_owned());
        let edge = format!("[^{WORD}]");
        assert_eq!(glob(&text("a b")), Some(format!("*{edge}a b{edge}*")));
        assert_eq!(glob(&text("a*?")), Some(format!("*{edge}a[*][?]*")));
        assert_eq!(regex(&text("1.2")), Some(format!("{edge}1\\.2{edge}")));
        assert_eq!(regex(&SearchTerm::Beginning("ab".to_owned())), Some(format!("{edge}ab")));
        for anywhere in [text("\u{5317}\u{4eac}"), text("_"), SearchTerm::Tag("#a".to_owned())] {
            assert_eq!((glob(&anywhere), regex(&anywhere)), (None, None));
        }
    }
}
