//! Rust source as a list of words and signs with their lines: enough for the rules, which must not mistake a
//! comment or a text for code. Not a parser.

/// A word (identifier, keyword, number), `::`, or one other sign. Comments and literal texts leave none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Reads on from a position, counting lines.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut found = Vec::new();
    while let Some(next) = reader.rest.chars().next() {
        let line = reader.line;
        if reader.skip_literal_or_comment() {
            continue;
        }
        let length = match next {
            _ if is_word_part(next) => word_length(reader.rest),
            ':' if reader.rest.starts_with("::") => 2,
            _ => next.len_utf8(),
        };
        let text = reader.take(length);
        if !next.is_whitespace() {
            found.push(Token { text: text.to_owned(), line });
        }
    }
    found
}

/// The texts of the tokens from `start`, to be compared with a pattern.
pub(crate) fn starts_with(tokens: &[Token], start: usize, pattern: &[&str]) -> bool {
    let window = tokens.get(start..start + pattern.len());
    window.is_some_and(|window| window.iter().zip(pattern).all(|(token, text)| token.text == *text))
}

/// The position of the brace that closes the one at `open`, or the end.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return position;
        }
    }
    tokens.len()
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Past the end of `mark`, or to the end of the text.
    fn take_until(&mut self, mark: &str) {
        let length = self.rest.find(mark).map_or(self.rest.len(), |at| at + mark.len());
        self.take(length);
    }

    fn skip_literal_or_comment(&mut self) -> bool {
        if self.rest.starts_with("//") {
            self.take_until("\n");
        } else if self.rest.starts_with("/*") {
            self.skip_block_comment();
        } else if let Some((opening, hashes)) = raw_opening(self.rest) {
            self.take(opening);
            self.take_until(&format!("\"{}", "#".repeat(hashes)));
        } else if let Some(opening) = ["\"", "b\"", "c\""].iter().find(|mark| self.rest.starts_with(**mark)) {
            self.take(opening.len());
            self.skip_quoted();
        } else if let Some(length) = character_length(self.rest) {
            self.take(length);
        } else {
            return false;
        }
        true
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        while !self.rest.is_empty() {
            let step = match self.rest.as_bytes() {
                [b'/', b'*', ..] => {
                    depth += 1;
                    2
                }
                [b'*', b'/', ..] => {
                    depth -= 1;
                    2
                }
                _ => self.rest.chars().next().map_or(1, char::len_utf8),
            };
            self.take(step);
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_quoted(&mut self) {
        while let Some(at) = self.rest.find(['"', '\\']) {
            if self.rest[at..].starts_with('"') {
                self.take(at + 1);
                return;
            }
            let escaped = self.rest[at + 1..].chars().next().map_or(0, char::len_utf8);
            self.take(at + 1 + escaped);
        }
        self.take(self.rest.len());
    }
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word_part(c)).unwrap_or(text.len())
}

/// The length of `r#"`, `br"` and so on, and the number of its hashes.
fn raw_opening(text: &str) -> Option<(usize, usize)> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| text.starts_with(prefix))?;
    let rest = &text[prefix.len()..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some((prefix.len() + hashes + 1, hashes))
}

/// The length of a character literal; a lifetime is none.
fn character_length(text: &str) -> Option<usize> {
    let body = text.strip_prefix("b'").or_else(|| text.strip_prefix('\''))?;
    let opening = text.len() - body.len();
    let first = body.chars().next()?;
    if first == '\\' {
        let escaped = body[1..].chars().next()?.len_utf8();
        return Some(opening + 1 + escaped + body[1 + escaped..].find('\'')? + 1);
    }
    body[first.len_utf8()..].starts_with('\'').then_some(opening + first.len_utf8() + 1)
}

#[cfg(test)]
fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.text).collect()
}

#[test]
fn paths_and_signs_are_told_apart() {
    assert_eq!(
        words("use crate::a::{b, c};"),
        ["use", "crate", "::", "a", "::", "{", "b", ",", "c", "}", ";"]
    );
}

#[test]
fn comments_and_texts_leave_no_token() {
    let text =
        "a // crate::x\n/* crate::y /* nested */ */ b \"crate::z \\\" \" c r#\"crate::w \" \"# d b\"q\" e";
    assert_eq!(words(text), ["a", "b", "c", "d", "e"]);
}

#[test]
fn characters_are_skipped_and_lifetimes_kept() {
    assert_eq!(words("'{' b'}' '\\'' '\\u{7d}' x"), ["x"]);
    assert_eq!(words("&'a str"), ["&", "'", "a", "str"]);
}

#[test]
fn lines_are_counted_through_texts_and_comments() {
    let found = tokens("/* 1\n2 */ a \"3\n4\" b\n\nc");
    let lines: Vec<usize> = found.iter().map(|token| token.line).collect();
    assert_eq!(lines, [2, 3, 5]);
}

#[test]
fn unfinished_text_ends_with_the_file() {
    assert_eq!(words("a \"never closed"), ["a"]);
    assert_eq!(words("a /* never closed"), ["a"]);
    assert_eq!(words("a \"ends in \\"), ["a"]);
}

#[test]
fn a_brace_is_closed_by_its_own() {
    let found = tokens("fn a() { { } }  }");
    assert_eq!(closing(&found, 4), 7);
    assert!(starts_with(&found, 0, &["fn", "a"]));
    assert!(!starts_with(&found, 8, &["}", "}"]));
}
