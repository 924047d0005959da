//! Finds the modules of its crate that a file names with `crate::`, in groups, or with `super::`.

use crate::tidy::token::{Token, starts_with};

/// Returns the first segments of all paths that start at the crate root, by `crate::` or by enough `super::`.
pub(super) fn used_modules(tokens: &[Token], file_depth: usize) -> Vec<Token> {
    let mut used = Vec::new();
    // For each open brace, this holds whether it opens an inline module, where `super` leads one step less far.
    let mut braces: Vec<bool> = Vec::new();
    let mut position = 0;
    while position < tokens.len() {
        let start = position;
        position += 1;
        match tokens[start].text.as_str() {
            "{" => braces.push(start >= 2 && tokens[start - 2].text == "mod"),
            "}" => drop(braces.pop()),
            "crate" if starts_with(tokens, start + 1, &["::"]) => {
                used.extend(first_segments(tokens, start + 2));
            }
            "super" if start == 0 || tokens[start - 1].text != "::" => {
                let mut steps = 0;
                while starts_with(tokens, start + 2 * steps, &["super", "::"]) {
                    steps += 1;
                }
                position = start + (2 * steps).max(1);
                let depth = file_depth + braces.iter().filter(|module| **module).count();
                if steps > 0 && steps == depth {
                    used.extend(first_segments(tokens, position));
                }
            }
            _ => {}
        }
    }
    used
}

/// Returns `a` of `a::b`, or `a` and `b` of `{a::x, b::{y, z}}`. A macro of the crate root has no module.
fn first_segments(tokens: &[Token], start: usize) -> Vec<Token> {
    let Some(first) = tokens.get(start) else {
        return Vec::new();
    };
    if first.text != "{" {
        let is_path = first.is_word() && !starts_with(tokens, start + 1, &["!"]);
        return if is_path { vec![first.clone()] } else { Vec::new() };
    }
    let mut depth = 0_usize;
    let mut segments = Vec::new();
    for (position, token) in tokens.iter().enumerate().skip(start) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            _ if depth == 1 && matches!(tokens[position - 1].text.as_str(), "{" | ",") => {
                segments.push(token.clone());
            }
            _ => {}
        }
    }
    segments
}
