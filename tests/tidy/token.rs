//! Rust source as a flat list of tokens with their lines, so that a rule cannot mistake a comment or a string for code.
//! For rules about code that may stand inside a macro such as `each_backend!`, which syn does not parse.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// An identifier, a keyword, a number, `::`, a bracket or another sign. Comments and string literals are not tokens.
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

/// Returns the tokens of a file. A file that is not valid Rust has none; the compiler reports it.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    if let Ok(stream) = text.parse::<TokenStream>() {
        flatten(stream, &mut found);
    }
    found
}

fn flatten(stream: TokenStream, found: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Ident(word) => {
                found.push(Token { text: word.to_string(), line: word.span().start().line });
            }
            TokenTree::Punct(sign) => {
                let line = sign.span().start().line;
                let is_path = sign.as_char() == ':'
                    && sign.spacing() == Spacing::Joint
                    && matches!(trees.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                if is_path {
                    trees.next();
                    found.push(Token { text: "::".to_owned(), line });
                } else {
                    found.push(Token { text: sign.as_char().to_string(), line });
                }
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.starts_with(|c: char| c.is_ascii_digit()) {
                    found.push(Token { text, line: literal.span().start().line });
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                let (first, last) = (group.span_open().start().line, group.span_close().start().line);
                found.push(Token { text: open.to_owned(), line: first });
                flatten(group.stream(), found);
                found.push(Token { text: close.to_owned(), line: last });
            }
        }
    }
}

/// Returns whether the tokens from `start` have the texts of `pattern`.
pub(crate) fn starts_with(tokens: &[Token], start: usize, pattern: &[&str]) -> bool {
    let window = tokens.get(start..start + pattern.len());
    window.is_some_and(|window| window.iter().zip(pattern).all(|(token, text)| token.text == *text))
}

#[cfg(test)]
fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.text).collect()
}

#[test]
fn paths_and_signs_are_separate_tokens() {
    assert_eq!(
        words("use crate::a::{b, c};"),
        ["use", "crate", "::", "a", "::", "{", "b", ",", "c", "}", ";"]
    );
}

#[test]
fn comments_and_strings_leave_no_token() {
    let text =
        "a // crate::x\n/* crate::y /* nested */ */ b \"crate::z \\\" \" c r#\"crate::w \" \"# d b\"q\" e";
    assert_eq!(words(text), ["a", "b", "c", "d", "e"]);
    assert_eq!(words("'{' b'}' '\\'' '\\u{7d}' x"), ["x"]);
}

#[test]
fn lines_are_counted_through_strings_and_comments() {
    let found = tokens("/* 1\n2 */ a \"3\n4\" b\n\nc");
    let lines: Vec<usize> = found.iter().map(|token| token.line).collect();
    assert_eq!(lines, [2, 3, 5]);
}

#[test]
fn a_pattern_matches_whole_tokens_within_the_file() {
    let found = tokens("fn a() { { } }");
    assert!(starts_with(&found, 0, &["fn", "a"]));
    assert!(!starts_with(&found, 7, &["}", "}"]));
}
