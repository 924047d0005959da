//! What the helpers do to text: plain functions that do not depend on Handlebars. Lengths count characters, never
//! bytes.

/// How many hex digits of a commit id are shown, as in Git itself.
const SHORT_SHA: usize = 7;

/// Characters that are special anywhere in Markdown.
const SPECIAL: [char; 9] = ['\\', '`', '*', '_', '[', ']', '<', '>', '#'];

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

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if SPECIAL.contains(&character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
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
        assert_eq!(escape("grüße 日本"), "grüße 日本");
    }
}
