//! The names that a text mentions after `@`. Pure.

use super::is_unspaced;
use crate::model::MAX_USERNAME;

/// Most names looked up for one message. Further ones are ignored.
const MAX_NAMES: usize = 50;

/// The names after the `@`s of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::chat) struct Mentions {
    /// Whether the text contains `@channel` or `@all`.
    pub(in crate::chat) all_members: bool,
    /// Whether the text contains `@here`.
    pub(in crate::chat) present_members: bool,
    /// Other names, in lower case, each once. See [`readings`].
    pub(in crate::chat) names: Vec<String>,
}

/// Returns the usernames that a name can mean, best first: signs at its end may be the name's or the sentence's.
pub(in crate::chat) fn readings<'n>(name: &'n str) -> impl Iterator<Item = &'n str> {
    let shorter = |name: &&'n str| (*name).strip_suffix(SIGNS).filter(|name| !name.is_empty());
    std::iter::successors(Some(name), shorter).filter(|name| name.len() <= MAX_USERNAME)
}

/// The characters of a name besides letters and digits.
const SIGNS: [char; 3] = ['.', '_', '-'];

impl Mentions {
    /// Reads a text without code and addresses. See [`prose`](super::prose::prose).
    pub(in crate::chat) fn of(prose: &str) -> Self {
        let mut found = Self::default();
        let mut before = None;
        for (at, sign) in prose.char_indices() {
            // An address such as `anna@example.org` mentions no one; a script without blanks has no such addresses.
            let starts_name =
                !before.is_some_and(|c: char| (c.is_alphanumeric() || c == '_') && !is_unspaced(c));
            before = Some(sign);
            if !is_at_sign(sign) || !starts_name {
                continue;
            }
            let after = &prose[at + sign.len_utf8()..];
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && !SIGNS.contains(&c))
                .unwrap_or(after.len());
            // `@anné` and `@anna@example.org` are other names than `@ann` and `@anna`.
            let goes_on = |c: char| is_at_sign(c) || (c.is_alphanumeric() && !is_unspaced(c));
            if !after[end..].starts_with(goes_on) {
                found.add(&after[..end]);
            }
        }
        found
    }

    fn add(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        match name.trim_end_matches(SIGNS) {
            "" => {}
            "channel" | "all" => self.all_members = true,
            "here" => self.present_members = true,
            _ if self.names.len() < MAX_NAMES && !self.names.contains(&name) => self.names.push(name),
            _ => {}
        }
    }
}

/// Input methods of Chinese, Japanese and Korean also write a wide `@`.
pub(in crate::chat) fn is_at_sign(sign: char) -> bool {
    matches!(sign, '@' | '＠' | '﹫')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Mentions::of(text).names
    }

    #[test]
    fn names_follow_an_at_sign_that_starts_a_word() {
        assert_eq!(names("@anna, ask @Bob.C. (@c_d) or mail x@y.org"), ["anna", "bob.c.", "c_d"]);
        assert_eq!(names("no mention, @ all, @anné, @bob@example.org"), Vec::<String>::new());
        assert_eq!(names("@anna @anna"), ["anna"]);
    }

    #[test]
    fn names_stand_between_characters_of_a_script_without_blanks() {
        assert_eq!(names("请@bob看一下，＠anna 看"), ["bob", "anna"]);
        assert!(Mentions::of("大家好@all看这里").all_members);
    }

    #[test]
    fn signs_at_the_end_of_a_name_may_belong_to_the_sentence() {
        assert_eq!(readings("zed_.").collect::<Vec<_>>(), ["zed_.", "zed_", "zed"]);
        assert_eq!(readings(&"-".repeat(70)).count(), MAX_USERNAME);
    }

    #[test]
    fn channel_all_and_here_mention_members_in_general() {
        for (text, all_members, present_members) in
            [("@channel", true, false), ("so @here!", false, true), ("@all.", true, false)]
        {
            assert_eq!(
                Mentions::of(text),
                Mentions { all_members, present_members, names: vec![] },
                "{text}"
            );
        }
    }
}
