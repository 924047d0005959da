//! Words after a trigger under their declared names: for guests of toolchains without a parser of their own. The
//! Rust SDK parses the raw text itself, by type.

use crate::plugin::manifest::Manifest;

/// Words of one line; further ones stay in the raw text only.
const MAX_WORDS: usize = 256;

/// Each word with the name of the argument at its place; a last, variadic argument names all that follow.
pub(super) fn named(manifest: &Manifest, trigger: &str, raw: &str) -> Vec<(String, String)> {
    let declared = manifest.commands.iter().find(|command| command.trigger == trigger);
    let arguments = declared.map(|command| command.arguments.as_slice()).unwrap_or_default();
    let name_of = |index: usize| {
        let last = arguments.last().filter(|argument| argument.variadic);
        arguments.get(index).or(last).map(|argument| argument.name.clone()).unwrap_or_default()
    };
    split(raw).into_iter().enumerate().map(|(index, word)| (name_of(index), word)).collect()
}

/// Splits at blanks; quotes keep a text together, a backslash keeps the next character.
fn split(raw: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().extend(chars.next()),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
        if words.len() == MAX_WORDS {
            return words;
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(split(r#"a "b c" 'd "e' f\ g "" "#), ["a", "b c", r#"d "e"#, "f g", ""]);
        assert_eq!(split("  "), Vec::<String>::new());
    }
}
