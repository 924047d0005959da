//! Reads a Markdown text as its readers see it: without code, and without the addresses of links. Pure.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Stands for code or an address. It is part of no word, name or keyword.
const GAP: char = '\u{fffc}';

/// Returns the prose of a text. Each run of blanks becomes one blank, and the ends of blocks, emphasis and links count
/// as blanks. Clients show HTML as it was written, so it is prose too.
pub(super) fn prose(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    let mut in_code = false;
    for event in Parser::new_ext(text, Options::empty()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => {
                in_code = false;
                prose.push(GAP);
            }
            Event::Code(_) => prose.push(GAP),
            Event::Text(part) | Event::Html(part) | Event::InlineHtml(part) if !in_code => {
                push_words(&mut prose, &part);
            }
            _ => push_words(&mut prose, " "),
        }
    }
    without_addresses(&prose)
}

fn push_words(prose: &mut String, part: &str) {
    for sign in part.chars() {
        if !sign.is_whitespace() {
            prose.push(sign);
        } else if !prose.ends_with(' ') {
            prose.push(' ');
        }
    }
}

/// Replaces each address, such as `https://example.org/@anna`, up to the end of its word.
fn without_addresses(prose: &str) -> String {
    let mut kept = String::with_capacity(prose.len());
    for word in prose.split_inclusive(ends_address) {
        let end = word.trim_end_matches(ends_address).len();
        match address_start(&word[..end]) {
            Some(start) => {
                kept.push_str(&word[..start]);
                kept.push(GAP);
                kept.push_str(&word[end..]);
            }
            None => kept.push_str(word),
        }
    }
    kept
}

/// Whether a sign ends an address: clients end them at blanks, angle brackets, quotes and full-width punctuation.
fn ends_address(sign: char) -> bool {
    matches!(sign, '<' | '>' | '"' | GAP | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
        || sign.is_whitespace()
}

/// Returns where a word's address begins: at its scheme, or at `www.`.
fn address_start(word: &str) -> Option<usize> {
    let scheme =
        word.find("://").map(|at| word[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len());
    let host = word.find("www.").filter(|at| !word[..*at].ends_with(char::is_alphanumeric));
    scheme.into_iter().chain(host).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_addresses_are_not_prose() {
        for (text, expected) in [
            ("run `@bob` now", "run \u{fffc} now"),
            ("a\n```\n@bob\n```\nb", "a \u{fffc} b"),
            ("~~~\n@bob", "\u{fffc}"),
            ("    @bob", "\u{fffc}"),
            ("see https://x.test/@bob, ok", "see \u{fffc} ok"),
            ("(www.x.test/@bob", "(\u{fffc}"),
            ("看https://x.test/a，@bob", "看\u{fffc}，@bob"),
        ] {
            assert_eq!(prose(text).trim(), expected, "{text}");
        }
    }

    #[test]
    fn emphasis_links_and_html_are_read_as_their_text() {
        for (text, expected) in [
            ("_@bob_ and **@anna**", "@bob and @anna"),
            ("[@bob](https://x.test/@anna)", "@bob"),
            ("<b>@bob</b>", "<b>@bob</b>"),
            ("one\ntwo\n\nthree", "one two three"),
            ("hi @zed_", "hi @zed_"),
        ] {
            assert_eq!(prose(text).trim(), expected, "{text}");
        }
    }
}
