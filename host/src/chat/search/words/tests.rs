//! How texts are parsed, and, over many random texts, that a parsed text can be printed and parsed again.

use std::fmt;

use super::*;

/// Prints a text that parses to the same words.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (side, term) in &self.terms.0 {
            match term {
                SearchTerm::Text(text) => write!(f, "{side}\"{text}\" ")?,
                // The full stop is not part of the word, but keeps a `-` at its beginning from excluding it.
                SearchTerm::Beginning(text) => write!(f, "{side}.{text}* ")?,
                SearchTerm::Tag(tag) => write!(f, "{side}{tag} ")?,
            }
        }
        self.from.0.iter().try_for_each(|(side, name)| write!(f, "{side}from:{name} "))?;
        self.channels.0.iter().try_for_each(|(side, name)| write!(f, "{side}in:{name} "))?;
        let dates = [("before", self.before), ("after", self.after), ("on", self.on)];
        dates
            .iter()
            .filter_map(|(key, date)| date.map(|date| (key, date)))
            .try_for_each(|(key, date)| write!(f, "{key}:{date} "))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wanted => "",
            Self::Excluded => "-",
        })
    }
}

fn parsed(text: &str) -> Words {
    let Ok(words) = text.parse();
    words
}

fn texts(text: &str, side: Side) -> Vec<String> {
    let term = |term: &SearchTerm| match term {
        SearchTerm::Text(text) => text.clone(),
        SearchTerm::Beginning(text) => format!("{text}*"),
        SearchTerm::Tag(tag) => format!("tag {tag}"),
    };
    parsed(text).terms.of(side).map(term).collect()
}

#[test]
fn words_phrases_tags_and_exclusions() {
    let text = r##"Grüße, "zwei  Wörter" -alt -"nicht das" pre* #Tag #ta* -#weg - "#kein tag" 北京。"##;
    let wanted = ["grüße", "zwei wörter", "pre*", "tag #tag", "#ta*", "-", "#kein tag", "北京"];
    assert_eq!(texts(text, Side::Wanted), wanted);
    assert_eq!(texts(text, Side::Excluded), ["alt", "nicht das", "tag #weg"]);
    assert_eq!(texts("* \"\" ... \"  \" -", Side::Wanted), ["-"]);
    assert_eq!(texts("a\"b c\"d \"open end", Side::Wanted), ["a", "b c", "d", "open end"]);
}

#[test]
fn conditions() {
    let words = parsed(
        "from:@Anna -from:bob in:~Dev channel: ops -in:@carl from: dora on:2026-2-3 before:2026-01-31",
    );
    assert_eq!(words.from.of(Side::Wanted).collect::<Vec<_>>(), ["anna", "dora"]);
    assert_eq!(words.from.of(Side::Excluded).collect::<Vec<_>>(), ["bob"]);
    assert_eq!(words.channels.of(Side::Wanted).collect::<Vec<_>>(), ["dev", "ops"]);
    assert_eq!(words.channels.of(Side::Excluded).collect::<Vec<_>>(), ["@carl"]);
    assert_eq!(words.on.map(|date| date.to_string()), Some("2026-02-03".to_owned()));
    assert_eq!(words.before.map(|date| date.to_string()), Some("2026-01-31".to_owned()));
    assert_eq!(words.count(), 8);
}

#[test]
fn only_files_have_extensions() {
    let files = Words::parse("report ext:PDF -ext:png ext:a.b", Subject::Files);
    assert_eq!(files.extensions.of(Side::Wanted).collect::<Vec<_>>(), ["pdf"]);
    assert_eq!(files.extensions.of(Side::Excluded).collect::<Vec<_>>(), ["png"]);
    assert_eq!((files.terms.of(Side::Wanted).count(), files.count()), (2, 4));
    assert_eq!(texts("ext:pdf", Side::Wanted), ["ext:pdf"]);
}

#[test]
fn text_that_is_no_condition_counts_as_words() {
    assert_eq!(
        texts("on:fire before:2026-13-01 https://example.org from:", Side::Wanted),
        ["on:fire", "before:2026-13-01", "https://example.org", "from"]
    );
}

#[test]
fn a_parsed_text_can_be_printed_and_parsed_again() {
    const PARTS: [&str; 24] = [
        "a",
        "B",
        "ß",
        "İ",
        "Σ",
        "東",
        "\"",
        "-",
        "*",
        "#",
        ":",
        " ",
        "\t",
        "\0",
        "@",
        "~",
        "from:",
        "in:",
        "on:",
        "2026-01-02",
        "before:",
        "#tag",
        ".",
        "。",
    ];
    // A fixed generator, so that every run uses the same texts.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut roll = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..20_000 {
        let length = roll(14);
        let text: String = (0..length).map(|_| PARTS[roll(PARTS.len())]).collect();
        let words = parsed(&text);
        let printed = words.to_string();
        assert_eq!(parsed(&printed), words, "{text:?} printed as {printed:?}");
    }
}
