//! The names of emoji in a text: `:name:`.

use crate::model::is_emoji_name;

/// Returns the texts between colons that could be an emoji's name, as often as they occur.
pub(super) fn emoji_names(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once(':')?;
            let (name, closed) = after.split_once(':')?;
            if is_emoji_name(name) {
                rest = closed;
                return Some(name);
            }
            // The second colon may start the next name.
            rest = &after[name.len()..];
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_colons() {
        let found = |text: &'static str| emoji_names(text).collect::<Vec<_>>();
        assert_eq!(found("a :tada: b:parrot::+1: at 12:30:45"), ["tada", "parrot", "+1", "30"]);
        assert_eq!(found("http://x: :a b: :ox:"), ["ox"]);
        assert_eq!(found("::: :A: : :"), [""; 0]);
        assert_eq!(found("no colon"), [""; 0]);
    }
}
