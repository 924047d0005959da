//! Rolls dice: `/roll 2d6+1`. [`notation`] parses the notation, [`luck`] provides the random numbers.

mod luck;
mod notation;

use jackfield_sdk::prelude::*;

use luck::Luck;
use notation::Notation;

struct Dice;

/// Rolls dice in any channel.
#[plugin(id = "dev.jackfield.dice")]
impl Dice {
    /// Rolls dice, e.g. `2d6+1`.
    #[command("/roll", hint = "[dice]")]
    fn roll(
        ctx: &Ctx,
        #[rest]
        #[default = "1d6"]
        dice: String,
    ) -> Result<Reply> {
        let notation = match dice.parse::<Notation>() {
            Ok(notation) => notation,
            Err(wrong) => bail_user!("{wrong}\nUsage: `/roll [dice]`"),
        };
        let mut luck = Luck::of(ctx.call_id());
        let faces: Vec<u32> = (0..notation.count).map(|_| luck.between_1_and(notation.sides)).collect();
        let who = ctx.actor().map_or("A user", |actor| &actor.username);
        Ok(Reply::in_channel(format!("**{who}** rolled {notation}: {}", sum(&faces, notation.bonus))))
    }
}

/// Formats `3 + 5 + 1 = **9**`, or just the result if there is nothing to add.
fn sum(faces: &[u32], bonus: i32) -> String {
    let total = i64::from(bonus) + faces.iter().copied().map(i64::from).sum::<i64>();
    if faces.len() == 1 && bonus == 0 {
        return format!("**{total}**");
    }
    let shown: Vec<String> = faces.iter().map(ToString::to_string).collect();
    let bonus = match bonus {
        0 => String::new(),
        1.. => format!(" + {bonus}"),
        ..0 => format!(" - {}", bonus.unsigned_abs()),
    };
    format!("{}{bonus} = **{total}**", shown.join(" + "))
}

#[cfg(test)]
mod tests;
