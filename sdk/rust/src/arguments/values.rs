//! The types a command argument can have.

use crate::context::Ctx;
use crate::directory::{ChannelRef, DirectoryError, User};
use crate::failure::Failure;
use crate::host::{self, Host};

/// A type that one word of a command can be read as.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a command argument",
    label = "not an argument type",
    note = "use `String`, `i32`, `i64`, `u32`, `u64`, `f64`, `bool`, `User`, `ChannelRef`, an enum with `#[derive(Choice)]`, or `Option` or `Vec` of one of them"
)]
pub trait Argument: Sized {
    /// The name of the type in the manifest:
    /// one of `string integer number boolean user channel choice`.
    const TYPE: &'static str;
    /// The names of a `choice`; empty for the others.
    const CHOICES: &'static [&'static str] = &[];
    /// The same as a JSON array, since a constant cannot be formatted.
    #[doc(hidden)]
    const CHOICES_JSON: &'static str = "[]";

    /// Reads the word.
    fn parse(word: &str, ctx: &Ctx) -> Result<Self, Rejection>;
}

/// An enum of unit variants that a command argument chooses from; derive it.
///
/// The names are the variants in kebab case: `PreRelease` is typed `pre-release`.
pub trait Choice: Sized {
    /// The names, in the order of the variants.
    const NAMES: &'static [&'static str];

    /// The variant with this name; ASCII case is ignored.
    fn from_name(name: &str) -> Option<Self>;

    /// The name of this variant.
    fn name(&self) -> &'static str;
}

/// Why a word could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The user typed something else; completes the sentence "`word` ...", without a full stop.
    Word(String),
    /// The host could not serve the look-up.
    Call(Failure),
}

impl Argument for String {
    const TYPE: &'static str = "string";

    fn parse(word: &str, _ctx: &Ctx) -> Result<Self, Rejection> {
        Ok(word.to_owned())
    }
}

/// One impl per integer type, all of them alike.
macro_rules! integers {
    ($($integer:ident)+) => {
        $(impl Argument for $integer {
            const TYPE: &'static str = "integer";

            fn parse(word: &str, _ctx: &Ctx) -> Result<Self, Rejection> {
                word.parse().map_err(|_| {
                    Rejection::Word(format!(
                        "is not a whole number from {} to {}",
                        $integer::MIN,
                        $integer::MAX
                    ))
                })
            }
        })+
    };
}

integers! { i32 i64 u32 u64 }

impl Argument for f64 {
    const TYPE: &'static str = "number";

    fn parse(word: &str, _ctx: &Ctx) -> Result<Self, Rejection> {
        // `nan` and `inf` parse, but no user who types them means a number.
        word.parse()
            .ok()
            .filter(|number: &Self| number.is_finite())
            .ok_or_else(|| Rejection::Word("is not a number".into()))
    }
}

impl Argument for bool {
    const TYPE: &'static str = "boolean";

    fn parse(word: &str, _ctx: &Ctx) -> Result<Self, Rejection> {
        match word.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" => Ok(false),
            _ => Err(Rejection::Word("is neither `yes` nor `no`".into())),
        }
    }
}

impl Argument for User {
    const TYPE: &'static str = "user";

    fn parse(word: &str, _ctx: &Ctx) -> Result<Self, Rejection> {
        let name = word.strip_prefix('@').unwrap_or(word);
        match host::call(|host| Host::find_user(host, name)) {
            Ok(actor) => Ok(Self(actor)),
            Err(DirectoryError::NotFound) => Err(Rejection::Word("is not a user here".into())),
            Err(error) => Err(Rejection::Call(error.into())),
        }
    }
}

impl Argument for ChannelRef {
    const TYPE: &'static str = "channel";

    fn parse(word: &str, ctx: &Ctx) -> Result<Self, Rejection> {
        let name = word.strip_prefix(['~', '#']).unwrap_or(word);
        let team = ctx.place().and_then(|place| place.team_id.as_deref());
        match host::call(|host| Host::find_channel(host, name, team)) {
            Ok(channel) => Ok(Self(channel)),
            Err(DirectoryError::NotFound) => Err(Rejection::Word("is not a channel you can see".into())),
            Err(error) => Err(Rejection::Call(error.into())),
        }
    }
}

/// The body of [`Argument::parse`] for every [`Choice`].
#[doc(hidden)]
pub fn choose<T: Choice>(word: &str) -> Result<T, Rejection> {
    T::from_name(word).ok_or_else(|| {
        let names: Vec<String> = T::NAMES.iter().map(|name| format!("`{name}`")).collect();
        Rejection::Word(format!("is not one of {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Call;

    fn parse<T: Argument>(word: &str) -> Result<T, Rejection> {
        T::parse(word, &Ctx::new(Call::default()))
    }

    fn rejected<T>(why: &str) -> Result<T, Rejection> {
        Err(Rejection::Word(why.into()))
    }

    #[test]
    fn integers_keep_to_their_range() {
        assert_eq!(parse("-2147483648"), Ok(i32::MIN));
        assert_eq!(
            parse::<i32>("2147483648"),
            rejected("is not a whole number from -2147483648 to 2147483647")
        );
        assert_eq!(parse("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(parse::<u32>("-1"), rejected("is not a whole number from 0 to 4294967295"));
        assert_eq!(
            parse::<i64>("1.5"),
            rejected("is not a whole number from -9223372036854775808 to 9223372036854775807")
        );
    }

    #[test]
    fn numbers_are_finite() {
        assert_eq!(parse("-1.5e3"), Ok(-1500.0));
        assert_eq!(parse::<f64>("inf"), rejected("is not a number"));
        assert_eq!(parse::<f64>("NaN"), rejected("is not a number"));
    }

    #[test]
    fn booleans_are_words() {
        assert_eq!((parse("YES"), parse("off")), (Ok(true), Ok(false)));
        assert_eq!(parse::<bool>("1"), rejected("is neither `yes` nor `no`"));
    }
}
