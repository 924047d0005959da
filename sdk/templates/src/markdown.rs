//! What the helpers do to text: plain functions that do not depend on Handlebars. Lengths count characters, never
//! bytes.

use std::fmt::Write as _;

/// How many hex digits of a commit id are shown, as in Git itself.
const SHORT_SHA: usize = 7;

/// Characters that are special anywhere in Markdown. Two `~` strike a text out, and one begins a link to a channel.
const SPECIAL: [char; 10] = ['\\', '`', '*', '_', '[', ']', '<', '>', '#', '~'];

/// What an address begins with that clients make a link of.
const ADDRESSES: [&str; 3] = ["https://", "http://", "www."];

/// Characters at the end of an address that rather belong to the text around it.
const AFTER_ADDRESS: [char; 18] =
    ['\\', '`', '*', '_', '[', ']', '<', '>', '~', '.', ',', ':', ';', '!', '?', '"', '\'', ')'];

/// Characters that would end a link, or begin something else, inside an address.
const UNSAFE_IN_ADDRESS: [char; 7] = ['\\', '`', '*', '[', ']', '<', '>'];

pub(crate) fn short_sha(sha: &str) -> String {
    sha.chars().take(SHORT_SHA).collect()
}

/// Returns the first line that is not blank, trimmed.
pub(crate) fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().trim_end().to_owned()
}

/// Returns at most `length` characters of the text, with "…" if it was cut.
pub(crate) fn truncate(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// Quotes every line, even empty ones, so that the whole text stays one quote.
pub(crate) fn quote(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// Escapes Markdown, except in addresses: clients make a link of an address as it stands, so a backslash in it would
/// break the link.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let (mut rest, mut in_word) = (text, false);
    while let Some(first) = rest.chars().next() {
        if let Some(address) = address(rest).filter(|_| !in_word) {
            push_address(&mut escaped, address);
            rest = &rest[address.len()..];
            // A client reads an address up to the next blank, and a backslash would be part of it.
            let after = rest.split(char::is_whitespace).next().unwrap_or_default();
            if after.contains(SPECIAL) {
                escaped.push(' ');
            }
            in_word = true;
            continue;
        }
        if SPECIAL.contains(&first) {
            escaped.push('\\');
        }
        escaped.push(first);
        rest = &rest[first.len_utf8()..];
        in_word = first.is_alphanumeric();
    }
    escaped
}

/// Returns the address that the text begins with.
fn address(text: &str) -> Option<&str> {
    let scheme = ADDRESSES.iter().find(|scheme| text.starts_with(**scheme))?;
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    let address = word.trim_end_matches(AFTER_ADDRESS);
    (address.len() > scheme.len()).then_some(address)
}

fn push_address(escaped: &mut String, address: &str) {
    for character in address.chars() {
        if UNSAFE_IN_ADDRESS.contains(&character) {
            // Writing to a String does not fail.
            let _ = write!(escaped, "%{:02X}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_id_is_cut_to_seven_characters() {
        assert_eq!(short_sha("0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c"), "0d1a26e");
        assert_eq!(short_sha("0d1a"), "0d1a");
        assert_eq!(short_sha("ééééééééé"), "ééééééé");
    }

    #[test]
    fn the_first_nonempty_line_is_taken_trimmed() {
        assert_eq!(first_line("Fix the door\n\nIt squeaked."), "Fix the door");
        assert_eq!(first_line("\r\n  Fix the door \r\nmore"), "Fix the door");
        assert_eq!(first_line(" \n "), "");
    }

    #[test]
    fn truncation_counts_characters_and_marks_the_cut() {
        assert_eq!(truncate("grüße", 3), "grü…");
        assert_eq!(truncate("grüße", 5), "grüße");
        assert_eq!(truncate("日本語", 2), "日本…");
        assert_eq!(truncate("one two", 4), "one…", "no blank before the mark");
        assert_eq!(truncate("x", 0), "…");
        assert_eq!(truncate("", 0), "");
    }

    #[test]
    fn a_quote_covers_every_line() {
        assert_eq!(quote("one\r\n\ntwo\n\n"), "> one\n> \n> two");
        assert_eq!(quote(""), "");
    }

    #[test]
    fn markdown_is_escaped() {
        assert_eq!(escape(r"a\b`c`*d*_e_[f]<g>#h"), r"a\\b\`c\`\*d\*\_e\_\[f\]\<g\>\#h");
        assert_eq!(escape("~~not~~ yet, ~channel"), r"\~\~not\~\~ yet, \~channel");
        assert_eq!(escape("grüße 日本"), "grüße 日本");
    }

    #[test]
    fn an_address_stays_as_it_is() {
        for (text, expected) in [
            ("see https://docs.test/a_b_c, ~~not~~", r"see https://docs.test/a_b_c, \~\~not\~\~"),
            ("(http://x.test/a_b#c_d)", "(http://x.test/a_b#c_d)"),
            ("www.x.test/a_b. A_b", r"www.x.test/a_b. A\_b"),
            ("https://x.test/A_(b) c", "https://x.test/A_(b) c"),
            // What follows without a blank would be read as part of the address.
            ("**https://x.test/a_b**", r"\*\*https://x.test/a_b \*\*"),
            ("`https://x.test/a_b`,", r"\`https://x.test/a_b \`,"),
            // It cannot end the emphasis or link that a template puts around it.
            ("https://x.test/a**b](c)<d", "https://x.test/a%2A%2Ab%5D(c)%3Cd"),
            ("https:// a_b", r"https:// a\_b"),
            ("xhttps://a_b", r"xhttps://a\_b"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }
}
