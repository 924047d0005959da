//! Splits a command line into words, one at a time, so that a parameter can still take the rest as it was typed. The
//! host and the SDK share it, so that a plugin in any language gets the same words.
//!
//! A word ends at white space. A word that *begins* with a quotation mark runs to the closing one; a mark inside a word
//! is an ordinary character, so `don't` needs no escaping. A backslash makes the next white space, quotation mark or
//! backslash ordinary; before anything else it is itself ordinary, so `C:\dir` needs no escaping either.

/// The rest of a command line.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    rest: &'a str,
}

/// A quotation mark that was opened and not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnclosedQuote(pub &'static str);

impl<'a> Words<'a> {
    pub fn new(raw: &'a str) -> Self {
        Self { rest: raw.trim() }
    }

    /// Returns the next word without its quotation marks; `""` is an empty word. An error consumes nothing.
    pub fn next_word(&mut self) -> Result<Option<String>, UnclosedQuote> {
        let Some(first) = self.rest.chars().next() else {
            return Ok(None);
        };
        let (word, length) = if let Some((opened, close)) = closing(first) {
            let start = first.len_utf8();
            let (word, length) = take(&self.rest[start..], &|c| c == close);
            (word, start + length.ok_or(UnclosedQuote(opened))? + close.len_utf8())
        } else {
            let (word, length) = take(self.rest, &char::is_whitespace);
            (word, length.unwrap_or(self.rest.len()))
        };
        self.rest = self.rest[length..].trim_start();
        Ok(Some(word))
    }

    /// Takes the rest of the line, as it was typed.
    pub fn rest(&mut self) -> &'a str {
        core::mem::take(&mut self.rest)
    }
}

/// The quotation marks. Typographic ones are included, because phones insert them.
fn closing(first: char) -> Option<(&'static str, char)> {
    match first {
        '"' => Some(("\"", '"')),
        '\'' => Some(("'", '\'')),
        '“' => Some(("“", '”')),
        '„' => Some(("„", '“')),
        '‘' => Some(("‘", '’')),
        _ => None,
    }
}

/// Returns the text up to an unescaped `end`, and the position of `end` in the source if there is one.
fn take(source: &str, end: &dyn Fn(char) -> bool) -> (String, Option<usize>) {
    let mut word = String::new();
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\'
            && let Some((_, escaped)) = chars.next_if(|(_, next)| escapable(*next) || end(*next))
        {
            word.push(escaped);
        } else if end(c) {
            return (word, Some(at));
        } else {
            word.push(c);
        }
    }
    (word, None)
}

fn escapable(c: char) -> bool {
    c == '\\' || c.is_whitespace() || closing(c).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(raw: &str) -> Result<Vec<String>, UnclosedQuote> {
        let mut words = Words::new(raw);
        let mut all = Vec::new();
        while let Some(word) = words.next_word()? {
            all.push(word);
        }
        Ok(all)
    }

    #[track_caller]
    fn check(raw: &str, wanted: &[&str]) {
        assert_eq!(split(raw).unwrap(), wanted, "{raw}");
    }

    #[test]
    fn white_space_of_any_kind_and_length_separates() {
        check("", &[]);
        check(" \t ", &[]);
        check("  a  b\tc\nd ", &["a", "b", "c", "d"]);
        check("ä\u{a0}ö", &["ä", "ö"]);
    }

    #[test]
    fn quoted_words_keep_their_spaces() {
        check("\"two words\" x", &["two words", "x"]);
        check("'two words'", &["two words"]);
        check("“two words” „zwei Worte“ ‘two words’", &["two words", "zwei Worte", "two words"]);
        check("\"\" ''", &["", ""]);
        check("\"it's\" '\"'", &["it's", "\""]);
    }

    #[test]
    fn marks_inside_a_word_are_ordinary() {
        check("don't 5'11\" a\"b\"", &["don't", "5'11\"", "a\"b\""]);
    }

    #[test]
    fn a_backslash_makes_the_next_one_ordinary() {
        check(r"two\ words", &["two words"]);
        check(r#""say \"hi\"""#, &["say \"hi\""]);
        check(r"\'x", &["'x"]);
        check(r"'don\'t'", &["don't"]);
        check(r"a\\b", &[r"a\b"]);
        check(r"C:\dir a\", &[r"C:\dir", r"a\"]);
    }

    #[test]
    fn text_after_a_closing_mark_is_the_next_word() {
        check("\"a\"b", &["a", "b"]);
    }

    #[test]
    fn an_unclosed_mark_is_refused() {
        assert_eq!(split("a \"b c"), Err(UnclosedQuote("\"")));
        assert_eq!(split("'"), Err(UnclosedQuote("'")));
        assert_eq!(split(r#""a\""#), Err(UnclosedQuote("\"")));
    }

    #[test]
    fn the_rest_is_untouched() {
        let mut words = Words::new(" a  \"b  c\\ ");
        assert_eq!(words.next_word(), Ok(Some("a".into())));
        assert_eq!(words.rest(), "\"b  c\\");
        assert_eq!(words.next_word(), Ok(None));
    }
}
