//! The names that a text mentions after `@`. Pure.

/// Most names looked up for one message. Further ones are ignored.
const MAX_NAMES: usize = 50;

/// The names after the `@`s of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mentions {
    /// Whether the text contains `@channel`, `@all` or `@here`.
    pub(super) all_members: bool,
    /// Other names, in lower case, each once.
    pub(super) names: Vec<String>,
}

impl Mentions {
    pub(super) fn of(text: &str) -> Self {
        let mut found = Self::default();
        let mut before = None;
        for (at, sign) in text.char_indices() {
            let starts_word = !before.is_some_and(|c: char| c.is_alphanumeric() || c == '_');
            before = Some(sign);
            if sign != '@' || !starts_word {
                continue;
            }
            let after = &text[at + 1..];
            let end =
                after.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(after.len());
            // The name may be followed by the end of a sentence.
            found.add(after[..end].trim_end_matches(['.', '-', '_']));
        }
        found
    }

    fn add(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "" => {}
            "channel" | "all" | "here" => self.all_members = true,
            _ if self.names.len() < MAX_NAMES && !self.names.contains(&name) => self.names.push(name),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Mentions::of(text).names
    }

    #[test]
    fn names_follow_an_at_sign_that_starts_a_word() {
        assert_eq!(names("@anna, ask @Bob.C. (@c_d) or mail x@y.org"), ["anna", "bob.c", "c_d"]);
        assert_eq!(names("no mention, @ all"), Vec::<String>::new());
        assert_eq!(names("@anna @anna"), ["anna"]);
    }

    #[test]
    fn channel_all_and_here_mention_all_members() {
        for text in ["@channel", "so @here!", "@all."] {
            assert_eq!(Mentions::of(text), Mentions { all_members: true, names: vec![] }, "{text}");
        }
    }
}
