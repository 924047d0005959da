//! Dice notation: how many dice, of how many sides, plus or minus a bonus.

use core::fmt;
use core::str::FromStr;

/// The most dice that fit in one readable message.
const MOST_DICE: u32 = 100;
const MOST_SIDES: u32 = 1000;
const LARGEST_BONUS: i32 = 10_000;

/// `2d6+1`, with every number within its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notation {
    /// 1 to 100.
    pub(crate) count: u32,
    /// 2 to 1000.
    pub(crate) sides: u32,
    /// -10000 to 10000.
    pub(crate) bonus: i32,
}

/// What is wrong with a notation; the text is for the user who typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    NotDice(String),
    Count,
    Sides,
    Bonus,
}

impl FromStr for Notation {
    type Err = Wrong;

    fn from_str(typed: &str) -> Result<Self, Wrong> {
        let text: String =
            typed.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
        let not_dice = || Wrong::NotDice(typed.to_owned());
        let (count, rest) = text.split_once('d').ok_or_else(not_dice)?;
        let (sides, bonus) = match rest.find(['+', '-']) {
            Some(sign) => rest.split_at(sign),
            None => (rest, ""),
        };
        let bonus = match bonus.split_at_checked(1) {
            Some((sign, digits)) => {
                let value = number(digits).ok_or_else(not_dice)?;
                Some((sign == "-", value))
            }
            None => None,
        };
        let count = if count.is_empty() { 1 } else { number(count).ok_or_else(not_dice)? };
        let sides = number(sides).ok_or_else(not_dice)?;
        Self::bounded(count, sides, bonus)
    }
}

impl Notation {
    fn bounded(count: u64, sides: u64, bonus: Option<(bool, u64)>) -> Result<Self, Wrong> {
        let count = u32::try_from(count).ok().filter(|count| (1..=MOST_DICE).contains(count));
        let sides = u32::try_from(sides).ok().filter(|sides| (2..=MOST_SIDES).contains(sides));
        let (negative, bonus) = bonus.unwrap_or_default();
        let bonus = i32::try_from(bonus).ok().filter(|bonus| *bonus <= LARGEST_BONUS);
        let bonus = bonus.ok_or(Wrong::Bonus)?;
        Ok(Self {
            count: count.ok_or(Wrong::Count)?,
            sides: sides.ok_or(Wrong::Sides)?,
            bonus: if negative { -bonus } else { bonus },
        })
    }
}

impl fmt::Display for Notation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d{}", self.count, self.sides)?;
        if self.bonus == 0 { Ok(()) } else { write!(f, "{:+}", self.bonus) }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDice(typed) => {
                // The text is shown as short inline code, so that it cannot break out of the sentence.
                let shown: String = typed.chars().filter(|c| *c != '`').take(40).collect();
                write!(f, "`{shown}` is not dice; write `2d6`, `d20` or `3d8+2`.")
            }
            Self::Count => write!(f, "From 1 to {MOST_DICE} dice can be rolled at once."),
            Self::Sides => write!(f, "A die has 2 to {MOST_SIDES} sides."),
            Self::Bonus => write!(f, "At most {LARGEST_BONUS} can be added or taken away."),
        }
    }
}

/// Accepts digits only, since `parse` would accept a sign. A number too large for any bound is still a number.
fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dice(count: u32, sides: u32, bonus: i32) -> Notation {
        Notation { count, sides, bonus }
    }

    #[test]
    fn reads_count_sides_and_bonus() {
        assert_eq!("2d6".parse(), Ok(dice(2, 6, 0)));
        assert_eq!("d20".parse(), Ok(dice(1, 20, 0)));
        assert_eq!("3D8+2".parse(), Ok(dice(3, 8, 2)));
        assert_eq!("100d1000-10000".parse(), Ok(dice(100, 1000, -10_000)));
        assert_eq!(" 2 d 6 + 1 ".parse(), Ok(dice(2, 6, 1)));
    }

    #[test]
    fn refuses_what_is_out_of_bounds() {
        assert_eq!("0d6".parse::<Notation>(), Err(Wrong::Count));
        assert_eq!("101d6".parse::<Notation>(), Err(Wrong::Count));
        assert_eq!("1d1".parse::<Notation>(), Err(Wrong::Sides));
        assert_eq!("1d1001".parse::<Notation>(), Err(Wrong::Sides));
        assert_eq!("1d6+10001".parse::<Notation>(), Err(Wrong::Bonus));
        assert_eq!("99999999999999999999d6".parse::<Notation>(), Err(Wrong::Count));
    }

    #[test]
    fn refuses_what_is_not_dice() {
        for typed in ["", "6", "2x6", "2d", "d", "2d6+", "2d6+x", "+2d6", "-1d6", "2d6+1+1", "2d+6"] {
            assert_eq!(typed.parse::<Notation>(), Err(Wrong::NotDice(typed.into())), "{typed}");
        }
    }

    #[test]
    fn shows_itself_in_one_form() {
        let shown = |typed: &str| typed.parse::<Notation>().unwrap().to_string();
        assert_eq!(
            [shown("d6"), shown("2D6 +1"), shown("2d6-3"), shown("2d6+0")],
            ["1d6", "2d6+1", "2d6-3", "2d6"]
        );
    }

    #[test]
    fn a_typed_back_quote_does_not_end_the_code() {
        let wrong = Wrong::NotDice("`@all`".into()).to_string();
        assert_eq!(wrong, "`@all` is not dice; write `2d6`, `d20` or `3d8+2`.");
    }
}
