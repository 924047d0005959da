//! Command arguments: the words of a command line, read as the types of the handler's parameters.

mod values;

pub use values::{Argument, Choice, Rejection, choose};

use jackfield_words::{UnclosedQuote, Words};

use crate::context::Ctx;
use crate::failure::{Failure, Result};

/// Takes the arguments of one invocation, one after the other; the code that `#[plugin]` writes drives it.
#[derive(Debug)]
pub struct Arguments<'a> {
    ctx: &'a Ctx,
    words: Words<'a>,
    usage: &'static str,
}

impl<'a> Arguments<'a> {
    /// Starts on the text after the trigger; `usage` is shown for a wrong argument.
    pub fn new(ctx: &'a Ctx, raw: &'a str, usage: &'static str) -> Self {
        Self { ctx, words: Words::new(raw), usage }
    }

    /// Takes an argument that must be present.
    pub fn required<T: Argument>(&mut self, name: &str) -> Result<T> {
        match self.optional()? {
            Some(value) => Ok(value),
            None => Err(self.missing(name)),
        }
    }

    /// Takes an argument that may be left out.
    pub fn optional<T: Argument>(&mut self) -> Result<Option<T>> {
        match self.word()? {
            Some(word) => self.read(&word).map(Some),
            None => Ok(None),
        }
    }

    /// Takes an argument that has a default, which is given as it would be typed.
    pub fn or_default<T: Argument>(&mut self, default: &str) -> Result<T> {
        match self.word()? {
            Some(word) => self.read(&word),
            None => self.read(default),
        }
    }

    /// Takes all remaining arguments, possibly none.
    pub fn variadic<T: Argument>(&mut self) -> Result<Vec<T>> {
        let mut values = Vec::new();
        while let Some(value) = self.optional()? {
            values.push(value);
        }
        Ok(values)
    }

    /// Takes the rest of the line as it was typed, which must not be empty.
    pub fn rest(&mut self, name: &str) -> Result<String> {
        match self.optional_rest() {
            Some(rest) => Ok(rest),
            None => Err(self.missing(name)),
        }
    }

    /// Takes the rest of the line as it was typed, if there is any.
    pub fn optional_rest(&mut self) -> Option<String> {
        let rest = self.words.rest();
        (!rest.is_empty()).then(|| rest.to_owned())
    }

    /// Refuses any text that remains.
    pub fn finish(mut self) -> Result<()> {
        match self.word()? {
            Some(word) => Err(self.wrong(&format!("{} is one argument too many.", code(&word)))),
            None => Ok(()),
        }
    }

    fn word(&mut self) -> Result<Option<String>> {
        self.words.next_word().map_err(|UnclosedQuote(quote)| {
            self.wrong(&format!("The quotation mark {} is not closed.", code(quote)))
        })
    }

    fn read<T: Argument>(&self, word: &str) -> Result<T> {
        T::parse(word, self.ctx).map_err(|rejected| match rejected {
            Rejection::Word(why) => self.wrong(&format!("{} {why}.", code(word))),
            Rejection::Call(failure) => failure,
        })
    }

    fn missing(&self, name: &str) -> Failure {
        self.wrong(&format!("{} is missing.", code(name)))
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::User(format!("{what}\nUsage: {}", code(self.usage)))
    }
}

/// Fails because no arm of the plugin's dispatch has this name: host and plugin disagree about the manifest.
#[doc(hidden)]
pub fn unknown_name(kind: &str, name: &str) -> Failure {
    Failure::Fatal(format!(
        "this plugin has no {kind} named `{name}`; install the plugin again so that the host reads its manifest anew"
    ))
}

/// Formats the user's text as inline code, so that it can neither end it early nor fill the screen.
fn code(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c == '`' || c == '\n' || c == '\r' { ' ' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Call;

    fn with<R>(raw: &str, take: impl FnOnce(Arguments<'_>) -> R) -> R {
        let ctx = Ctx::new(Call::default());
        take(Arguments::new(&ctx, raw, "/copy <from> [times]"))
    }

    fn user<T>(text: &str) -> Result<T> {
        Err(Failure::User(text.into()))
    }

    #[test]
    fn arguments_are_taken_in_order() {
        with("\"two words\" 3", |mut arguments| {
            assert_eq!(arguments.required::<String>("from"), Ok("two words".into()));
            assert_eq!(arguments.or_default::<u32>("1"), Ok(3));
            assert_eq!(arguments.finish(), Ok(()));
        });
    }

    #[test]
    fn a_default_replaces_a_missing_word() {
        with("  ", |mut arguments| {
            assert_eq!(arguments.or_default::<u32>("1"), Ok(1));
            assert_eq!(arguments.optional::<bool>(), Ok(None));
            assert_eq!(arguments.variadic::<String>(), Ok(vec![]));
        });
    }

    #[test]
    fn a_missing_argument_is_named() {
        with("", |mut arguments| {
            let wanted = user("`from` is missing.\nUsage: `/copy <from> [times]`");
            assert_eq!(arguments.required::<String>("from"), wanted);
            assert_eq!(arguments.rest("from"), wanted);
        });
    }

    #[test]
    fn a_wrong_word_is_shown() {
        with("a many", |mut arguments| {
            assert_eq!(arguments.required::<String>("from"), Ok("a".into()));
            assert_eq!(
                arguments.or_default::<u32>("1"),
                user("`many` is not a whole number from 0 to 4294967295.\nUsage: `/copy <from> [times]`")
            );
        });
    }

    #[test]
    fn a_superfluous_word_is_shown_without_ending_the_code() {
        with("a`b", |arguments| {
            assert_eq!(
                arguments.finish(),
                user("`a b` is one argument too many.\nUsage: `/copy <from> [times]`")
            );
        });
    }

    #[test]
    fn an_unclosed_quotation_mark_is_refused_but_not_in_the_rest() {
        with("\"a b", |mut arguments| {
            assert_eq!(
                arguments.required::<String>("from"),
                user("The quotation mark `\"` is not closed.\nUsage: `/copy <from> [times]`")
            );
        });
        with("a \"b  c ", |mut arguments| {
            assert_eq!(arguments.required::<String>("from"), Ok("a".into()));
            assert_eq!(arguments.rest("text"), Ok("\"b  c".into()));
            assert_eq!(arguments.finish(), Ok(()));
        });
    }

    #[test]
    fn a_variadic_argument_takes_all_that_is_left() {
        with("1 -2 3", |mut arguments| {
            assert_eq!(arguments.variadic::<i32>(), Ok(vec![1, -2, 3]));
            assert_eq!(arguments.finish(), Ok(()));
        });
    }

    #[test]
    fn a_long_word_is_cut() {
        assert_eq!(code(&"x".repeat(81)), format!("`{}…`", "x".repeat(80)));
        assert_eq!(code(&"x".repeat(80)), format!("`{}`", "x".repeat(80)));
    }
}
