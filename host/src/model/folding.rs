//! Texts as searches and keywords compare them.
//!
//! Folding ignores what writers do not choose on purpose: case, the form of quotes and blanks, characters without a
//! shape, and how a character is encoded (NFKC: a letter and its accent or one character, wide or narrow letters).

use unicode_normalization::UnicodeNormalization;

/// The version of the folding. It grows with every change, so that stored texts of an earlier version are folded again.
pub const FOLDING: i64 = 1;

/// Returns a text as searches compare it, with each run of blanks as one blank, and none at its ends.
pub fn folded(text: &str) -> String {
    folded_up_to(text, usize::MAX)
}

/// As [`folded`], but at most the first `limit` characters.
pub fn folded_up_to(text: &str, limit: usize) -> String {
    if text.is_ascii() {
        return joined(text.chars().map(|c| c.to_ascii_lowercase()), text.len(), limit);
    }
    let visible = text.chars().filter(|c| !is_invisible(*c)).map(plain_quote);
    let lowered = visible.nfkc().flat_map(char::to_lowercase);
    // A letter that is composed only in lower case is composed here. NFKC also makes quotes.
    joined(lowered.map(plain_letter).nfkc().map(plain_quote), text.len(), limit)
}

/// Returns a text with plain quotes instead of typographic ones.
pub fn with_plain_quotes(text: &str) -> String {
    text.chars().map(plain_quote).collect()
}

/// Joins characters, with each run of blanks as one blank.
fn joined(chars: impl Iterator<Item = char>, bytes: usize, limit: usize) -> String {
    let mut joined = String::with_capacity(bytes);
    let mut count = 0;
    let mut blank = false;
    for c in chars {
        if c.is_whitespace() || c == '\0' {
            blank = count > 0;
            continue;
        }
        // The Turkish capital U+0130 has two characters in lower case, but users write one.
        if c == '\u{307}' && !blank && joined.ends_with('i') {
            continue;
        }
        let added = 1 + usize::from(blank);
        if count + added > limit {
            break;
        }
        if std::mem::take(&mut blank) {
            joined.push(' ');
        }
        joined.push(c);
        count += added;
    }
    joined
}

fn plain_quote(c: char) -> char {
    match c {
        '\u{b4}' | '\u{2bc}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2039}' | '\u{203a}' => '\'',
        '\u{ab}' | '\u{bb}' | '\u{201c}'..='\u{201f}' | '\u{2033}' => '"',
        _ => c,
    }
}

/// Returns the letter that stands for its other forms: sigma has one of its own at the end of a word.
fn plain_letter(c: char) -> char {
    if c == 'ς' { 'σ' } else { c }
}

/// Whether a character has no shape: soft hyphens, joiners, direction marks and variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_and_runs_of_blanks() {
        assert_eq!(folded("  GRÜSSE\n\tan\u{3000}東京 ΟΔΟΣ "), "grüsse an 東京 οδοσ");
        assert_eq!(folded("Two  Words\n"), "two words");
        assert_eq!(folded(" \0\n"), "");
    }

    #[test]
    fn folding_ignores_how_a_character_is_encoded() {
        for (text, expected) in [
            ("cafe\u{301}", "caf\u{e9}"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("ＡＢＣ１２３", "abc123"),
            ("\u{201c}it\u{2019}s\u{201d}", "\"it's\""),
            ("\u{130}stanbul", "istanbul"),
            ("i\u{307}stanbul", "istanbul"),
            ("J\u{30c}", "\u{1f0}"),
            ("οδός", "οδόσ"),
            ("zu\u{ad}sam\u{200b}men", "zusammen"),
        ] {
            assert_eq!(folded(text), expected, "{text}");
            assert_eq!(folded(expected), expected, "{text}");
        }
    }

    #[test]
    fn folding_stops_at_its_limit() {
        assert_eq!(folded_up_to("ab cd", 4), "ab c");
        assert_eq!(folded_up_to("ab cd", 3), "ab");
        assert_eq!(folded_up_to(&"\u{fdfa}".repeat(10), 5).chars().count(), 5);
    }
}
