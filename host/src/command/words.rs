//! The words after a trigger with the names of their arguments, for plugins without a parser of their own. The Rust SDK
//! parses the raw text by type, with the same splitter.

use jackfield_words::Words;

use crate::plugin::manifest::CommandRecord;

/// The most words split from one line. Further words appear only in the raw text.
const MAX_WORDS: usize = 256;

/// Pairs each word with the name of the argument at its position; a trailing variadic argument names all further words.
pub(super) fn named(command: &CommandRecord, raw: &str) -> Vec<(String, String)> {
    let last = command.arguments.last().filter(|argument| argument.variadic);
    let name_of = |index: usize| {
        command.arguments.get(index).or(last).map(|argument| argument.name.clone()).unwrap_or_default()
    };
    split(raw).into_iter().enumerate().map(|(index, word)| (name_of(index), word)).collect()
}

/// If a quotation mark is not closed, the rest of the line is one word, as it was typed.
fn split(raw: &str) -> Vec<String> {
    let mut words = Words::new(raw);
    let mut found = Vec::new();
    while found.len() < MAX_WORDS {
        match words.next_word() {
            Ok(Some(word)) => found.push(word),
            Ok(None) => break,
            Err(_) => found.push(words.rest().to_owned()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_the_sdk_splits_them() {
        assert_eq!(split(r#"a "b c" 'd "e' f\ g "" "#), ["a", "b c", r#"d "e"#, "f g", ""]);
        assert_eq!(split(r"don't C:\dir"), ["don't", r"C:\dir"]);
        assert_eq!(split("  "), Vec::<String>::new());
        assert_eq!(split(&"x ".repeat(MAX_WORDS + 1)).len(), MAX_WORDS);
    }

    #[test]
    fn the_rest_after_an_unclosed_mark_is_one_word() {
        assert_eq!(split("a \"b  c"), ["a", "\"b  c"]);
    }
}
