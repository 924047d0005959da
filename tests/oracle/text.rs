//! Texts with variables, and values that differ from run to run.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::compare::plain;

/// The longest run of one character that a story writes out.
const RUN: usize = 199;

/// The variables of a story, in the order in which they were set. Of two with the same value the first is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Vec<Variable>);

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    value: String,
    /// Whether responses show the name instead of the value. Numbers stay as they are.
    is_shown: bool,
}

impl Names {
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.insert(Variable { name: name.to_owned(), value: value.into(), is_shown: true });
    }

    /// Keeps a part of a response.
    pub(super) fn keep(&mut self, name: &str, value: &Value) {
        self.insert(Variable { name: name.to_owned(), value: plain(value), is_shown: value.is_string() });
    }

    fn insert(&mut self, new: Variable) {
        match self.0.iter_mut().find(|known| known.name == new.name) {
            Some(known) => *known = new,
            None => self.0.push(new),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|known| known.name == name).map(|known| known.value.as_str())
    }

    /// Replaces known values by their variables, longer values first.
    fn hide(&self, text: &str) -> String {
        let length = |known: &Variable| known.value.chars().count();
        let mut known: Vec<&Variable> =
            self.0.iter().filter(|known| known.is_shown && length(known) > 3).collect();
        known.sort_by_key(|known| std::cmp::Reverse(length(known)));
        known.into_iter().fold(text.to_owned(), |text, Variable { name, value, .. }| {
            text.replace(value.as_str(), &format!("{{{name}}}"))
        })
    }

    /// Puts the variables into a step's value.
    pub(super) fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill_text(text)),
            Value::Array(values) => values.iter().map(|value| self.fill(value)).collect(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| (self.fill_text(key), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// Puts the variables into a text: `{name}`, and `{x*3}` for `xxx`.
    pub(super) fn fill_text(&self, text: &str) -> String {
        let mut whole = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            whole.push_str(before);
            let value = after.split_once('}').and_then(|(name, after)| Some((self.value_of(name)?, after)));
            if let Some((value, after)) = value {
                whole.push_str(&value);
                rest = after;
            } else {
                whole.push('{');
                rest = after;
            }
        }
        whole + rest
    }

    fn value_of(&self, name: &str) -> Option<String> {
        if let Some((character, count)) = name.split_once('*') {
            let single = character.chars().count() == 1;
            return single.then(|| count.parse().ok()).flatten().map(|count| character.repeat(count));
        }
        self.get(name).map(str::to_owned)
    }

    /// Makes a response comparable: known values become variables, other ids `<id>`, moments `<ms>`. `key` is the
    /// name of the field that holds the value.
    pub(super) fn normal(&self, key: &str, value: &Value) -> Value {
        match value {
            Value::Object(map) => self.normal_object(map),
            Value::Array(values) => values.iter().map(|value| self.normal(key, value)).collect(),
            Value::Number(number) if is_millis(&number.to_string()) => "<ms>".into(),
            Value::String(text) => self.normal_text(key, text),
            other => other.clone(),
        }
    }

    fn normal_object(&self, map: &Map<String, Value>) -> Value {
        // The wording of an error is this server's own.
        let is_error = map.contains_key("status_code");
        let scrubbed = |key: &str| is_error && ["message", "detailed_error", "request_id"].contains(&key);
        let kept = map.iter().filter(|(key, _)| !scrubbed(key));
        let shown = |key: &str| match self.normal_text("", key) {
            Value::String(text) => text,
            json => json.to_string(),
        };
        kept.map(|(key, value)| (shown(key), self.normal(key, value))).collect()
    }

    fn normal_text(&self, key: &str, text: &str) -> Value {
        if ["trigger_id", "cookie"].contains(&key) && text.len() > 40 {
            return "<opaque>".into();
        }
        if key == "timestamp" && text.len() == 10 && is_moment(text) {
            return "<s>".into();
        }
        if text.len() > 1
            && text.starts_with(['{', '['])
            && let Ok(json) = serde_json::from_str::<Value>(text)
        {
            return serde_json::json!({"<json>": self.normal("", &json)});
        }
        let text = self.hide(text);
        if is_millis(&text) {
            return "<ms>".into();
        }
        squeeze(&hide_ids(&text)).into()
    }
}

/// Writes long runs of one character as a step does: `{x*16383}`.
pub(super) fn squeeze(text: &str) -> String {
    let mut short = String::with_capacity(text.len().min(1 << 10));
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = rest.chars().take_while(|next| *next == first).count();
        let (run, after) = rest.split_at(same * first.len_utf8());
        if same > RUN && !first.is_whitespace() && !['{', '}'].contains(&first) {
            let _ = write!(short, "{{{first}*{same}}}");
        } else {
            short.push_str(run);
        }
        rest = after;
    }
    short
}

/// Replaces each word that is an id by `<id>`.
fn hide_ids(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_id = word.len() == 26 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        whole.push_str(if is_id { "<id>" } else { word });
        let between = after.find(is_part).unwrap_or(after.len());
        whole.push_str(&after[..between]);
        rest = &after[between..];
    }
    whole
}

/// Returns whether a number is a moment of these years in milliseconds.
fn is_millis(text: &str) -> bool {
    text.len() == 13 && is_moment(text)
}

fn is_moment(text: &str) -> bool {
    let digits = text.as_bytes();
    digits.iter().all(u8::is_ascii_digit) && digits[0] == b'1' && (b'5'..=b'9').contains(&digits[1])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_are_put_in_and_taken_out() {
        let mut names = Names::default();
        names.set("bob", "abcdefghijklmnopqrstuvwxyz");
        names.set("word", "quince");
        let filled = names.fill(&json!({"user_id": "{bob}", "message": "{word} {x*3} {none} {"}));
        let expected = json!({"user_id": "abcdefghijklmnopqrstuvwxyz", "message": "quince xxx {none} {"});
        assert_eq!(filled, expected);
        let response = json!({
            "id": "zzzzzzzzzzzzzzzzzzzzzzzzzz", "user_id": "abcdefghijklmnopqrstuvwxyz", "create_at": 1_767_323_045_000_i64,
            "message": "x".repeat(200), "props": "{\"by\":\"quince\"}", "count": 3
        });
        let normal = json!({
            "id": "<id>", "user_id": "{bob}", "create_at": "<ms>", "message": "{x*200}",
            "props": {"<json>": {"by": "{word}"}}, "count": 3
        });
        assert_eq!(names.normal("", &response), normal);
    }

    #[test]
    fn the_wording_of_an_error_means_nothing() {
        let error = json!({"id": "api.x", "message": "m", "detailed_error": "", "request_id": "r", "status_code": 404});
        assert_eq!(Names::default().normal("", &error), json!({"id": "api.x", "status_code": 404}));
    }
}
