//! The keywords of members: words that mention them without an `@`. Pure.

use std::collections::HashSet;

use serde_json::Value;

use super::is_unspaced;
use crate::model::{MentionTarget, folded};

/// Most keywords of one member. Further ones are ignored.
const MAX_KEYWORDS: usize = 100;

/// Returns whether a member has keywords.
pub(super) fn has_keywords(target: &MentionTarget) -> bool {
    first_name(target).is_some() || mention_keys(target).next().is_some()
}

/// Returns the member's first name, if it counts as a keyword. It is compared in its own case, because many names are
/// words.
fn first_name(target: &MentionTarget) -> Option<&str> {
    let name = target.first_name.trim();
    (setting(target, "first_name") == Some("true") && !name.is_empty()).then_some(name)
}

/// Returns a member's other keywords. Each is one word, or several in a row, in any case.
fn mention_keys(target: &MentionTarget) -> impl Iterator<Item = &str> {
    let keys = setting(target, "mention_keys").unwrap_or_default().split(',').map(str::trim);
    keys.filter(|key| !key.is_empty()).take(MAX_KEYWORDS)
}

fn setting<'t>(target: &'t MentionTarget, key: &str) -> Option<&'t str> {
    target.notify_props.get(key).and_then(Value::as_str)
}

/// The words of a text, as written and folded.
pub(super) struct KeyedWords<'t> {
    written: TextWords<'t>,
    folded: TextWords<'t>,
}

impl<'t> KeyedWords<'t> {
    /// Takes a text without code and addresses, and the same text [`folded`].
    pub(super) fn of(written: &'t str, folded: &'t str) -> Self {
        Self { written: TextWords::of(written), folded: TextWords::of(folded) }
    }

    /// Whether the text contains one of a member's keywords.
    pub(super) fn mention(&self, target: &MentionTarget) -> bool {
        first_name(target).is_some_and(|name| self.written.contain(name))
            || mention_keys(target).any(|key| self.folded.contain(&folded(key)))
    }
}

/// A text with its words, so that a lookup rules out most keywords.
struct TextWords<'t> {
    text: &'t str,
    words: HashSet<&'t str>,
}

impl<'t> TextWords<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, words: words(text).into_iter().collect() }
    }

    /// Whether the text contains a keyword between word boundaries. In a script without blanks, every place is one.
    fn contain(&self, keyword: &str) -> bool {
        let (Some(first), Some(last)) = (keyword.chars().next(), keyword.chars().next_back()) else {
            return false;
        };
        // Between word boundaries, each word of the keyword is a word of the text.
        words(keyword).iter().all(|word| self.words.contains(word))
            && self.text.match_indices(keyword).any(|(at, _)| {
                let before = self.text[..at].chars().next_back().filter(|_| !is_unspaced(first));
                let after = self.text[at + keyword.len()..].chars().next().filter(|_| !is_unspaced(last));
                !before.is_some_and(is_spaced) && !after.is_some_and(is_spaced)
            })
    }
}

/// Returns the words of a text. In a script without blanks, each character and each pair of them counts as a word.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut word, mut neighbour): (Option<usize>, Option<usize>) = (None, None);
    for (at, c) in text.char_indices() {
        if is_spaced(c) {
            word.get_or_insert(at);
            neighbour = None;
            continue;
        }
        words.extend(word.take().map(|from| &text[from..at]));
        if !is_unspaced(c) {
            neighbour = None;
            continue;
        }
        let end = at + c.len_utf8();
        words.push(&text[at..end]);
        words.extend(neighbour.replace(at).map(|from| &text[from..end]));
    }
    words.extend(word.map(|from| &text[from..]));
    words
}

/// Whether a character belongs to words that have blanks between them.
fn is_spaced(c: char) -> bool {
    (c.is_alphanumeric() || c == '_') && !is_unspaced(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(notify: &Value) -> MentionTarget {
        MentionTarget {
            user_id: "a".repeat(26).parse().unwrap(),
            username: "anna".to_owned(),
            first_name: "Änne".to_owned(),
            notify_props: notify.as_object().unwrap().clone(),
            channel_props: serde_json::Map::new(),
        }
    }

    #[track_caller]
    fn check(target: &MentionTarget, expectations: &[(&str, bool)]) {
        for (text, mentioned) in expectations {
            assert_eq!(KeyedWords::of(text, &folded(text)).mention(target), *mentioned, "{text}");
        }
    }

    #[test]
    fn a_keyword_is_a_word_in_any_case() {
        let anna = target(&json!({"mention_keys": "deploy, war room,"}));
        check(
            &anna,
            &[("Deploy!", true), ("to the War  Room", true), ("redeploy", false), ("deployed", false)],
        );
        check(&anna, &[("", false), ("Änne", false), ("请deploy吧", true)]);
        let signs = target(&json!({"mention_keys": "!!, #ops, c++"}));
        check(
            &signs,
            &[
                ("help !!", true),
                ("a!!b", false),
                ("in #Ops", true),
                ("ops", false),
                ("C++", true),
                ("c+", false),
            ],
        );
    }

    #[test]
    fn a_keyword_of_a_script_without_blanks_is_found_inside_a_text() {
        let anna = target(&json!({"mention_keys": "番茄,소식"}));
        check(&anna, &[("我喜欢番茄炒蛋", true), ("番和茄", false), ("오늘소식은", true), ("x番茄y", true)]);
    }

    #[test]
    fn a_first_name_is_compared_in_its_own_case() {
        let anna = target(&json!({"first_name": "true"}));
        check(&anna, &[("ask Änne.", true), ("ask änne.", false), ("Ännes", false)]);
    }

    #[test]
    fn keywords_past_the_limit_are_ignored() {
        let keys = |count: usize| {
            let keys: Vec<String> = (1..=count).map(|number| format!("k{number}")).collect();
            target(&json!({"mention_keys": keys.join(",")}))
        };
        check(&keys(MAX_KEYWORDS), &[(&format!("k{MAX_KEYWORDS}"), true)]);
        check(&keys(MAX_KEYWORDS + 1), &[(&format!("k{}", MAX_KEYWORDS + 1), false)]);
    }
}
