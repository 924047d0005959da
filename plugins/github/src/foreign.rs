//! Untrusted text: any GitHub user may open an issue, name a branch or sign a commit. Here it becomes text that
//! mentions no user, hides nothing and stays where the template puts it. The templates escape Markdown (`escape`); in
//! code and in addresses, where escaping does not work, this module does.

use std::fmt::Write as _;

/// The most characters of a name in a line, about as many as Git and GitHub allow.
const LINE: usize = 250;

/// An invisible character that is put after an `@`, so that the server sees no mention.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// Cleans a text of any length. HTML comments are removed: they are notes in issue forms, and GitHub hides them too.
pub(crate) fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        shown.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    calm(&shown, |character| character == '\n' || character == '\t').trim().to_owned()
}

/// Cleans a name or a title and makes it one line.
pub(crate) fn line(text: &str) -> String {
    let line: String = text
        .trim()
        .chars()
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .collect();
    calm(&line, |_| false).chars().take(LINE).collect()
}

/// Returns the first name that is not empty, or `otherwise`.
pub(crate) fn name(candidates: &[&str], otherwise: &str) -> String {
    let mut lines = candidates.iter().map(|candidate| line(candidate));
    lines.find(|line| !line.is_empty()).unwrap_or_else(|| otherwise.to_owned())
}

/// Cleans a branch or a tag for use between backticks.
pub(crate) fn code(text: &str) -> String {
    name(&[&text.replace('`', "'")], "?")
}

/// Returns the id of a commit, or an empty text if it is not one.
pub(crate) fn sha(text: &str) -> String {
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex { text.to_owned() } else { String::new() }
}

/// Returns an address to link to: the given one if it is a web address, or else the other.
pub(crate) fn url(given: &str, otherwise: &str) -> String {
    let web = given.starts_with("https://") || given.starts_with("http://");
    encode(if web { given } else { otherwise }, |_| false)
}

/// Encodes a part of a path, such as a branch in the address of its tree.
pub(crate) fn path(text: &str) -> String {
    encode(text, |character| matches!(character, '%' | '?' | '#'))
}

/// Removes mentions, control characters, and marks that change the direction of the text after them. In an address the
/// `@` is encoded, so that its link still works.
fn calm(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut calm = String::with_capacity(text.len());
    let mut in_address = false;
    for character in text.chars() {
        let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if turns || (character.is_control() && !kept(character)) {
            continue;
        }
        match character {
            '@' if in_address => calm.push_str("%40"),
            '@' => calm.extend(['@', ZERO_WIDTH_SPACE]),
            _ => calm.push(character),
        }
        in_address = !character.is_whitespace()
            && (in_address || ["://", "www."].iter().any(|start| calm.ends_with(start)));
    }
    calm
}

/// Percent-encodes what would end a link in Markdown, what would mention a user, and what `also` names.
fn encode(text: &str, also: impl Fn(char) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        let ends_link = matches!(character, '(' | ')' | '<' | '>' | '[' | ']' | '"' | '\\' | '`' | '*' | '@');
        if ends_link || character.is_whitespace() || character.is_control() || also(character) {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        } else {
            encoded.push(character);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_mentions_a_user() {
        assert_eq!(line("@all hi @anna"), "@\u{200b}all hi @\u{200b}anna");
        assert_eq!(text("see\n@here"), "see\n@\u{200b}here");
        assert_eq!(code("fix-@channel"), "fix-@\u{200b}channel");
        assert_eq!(url("https://github.com/@all", ""), "https://github.com/%40all");
        assert_eq!(line("see https://x.test/@all @anna"), "see https://x.test/%40all @\u{200b}anna");
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line(" a\nb\r\nc\u{202e}d\u{7} "), "a b  cd");
        assert_eq!(line(&"é".repeat(300)), "é".repeat(250));
        assert_eq!(name(&["", " ", "bob"], "someone"), "bob");
        assert_eq!(name(&["", "\u{202e}"], "someone"), "someone");
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a`b`\nc"), "a'b' c");
        assert_eq!(code(""), "?");
    }

    #[test]
    fn a_commit_id_is_hexadecimal_or_nothing() {
        assert_eq!(sha("0d1A26e67d8f"), "0d1A26e67d8f");
        assert_eq!(sha("0d1a\u{200b}"), "");
    }

    #[test]
    fn an_address_cannot_be_left() {
        assert_eq!(url("https://x/a (b)", ""), "https://x/a%20%28b%29");
        assert_eq!(url("javascript:alert(1)", "https://x"), "https://x");
        assert_eq!(path("fix/#12?ü"), "fix/%2312%3Fü");
    }

    #[test]
    fn hidden_notes_are_left_out() {
        assert_eq!(text("<!-- read me -->\r\nIt broke.<!-- end"), "It broke.");
        assert_eq!(text("a --> b"), "a --> b");
    }
}
