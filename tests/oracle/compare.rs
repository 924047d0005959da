//! Compares a response with the recorded one, and picks parts of responses.

use serde_json::{Map, Value};

use super::text::squeeze;

/// Stands for a value that a story leaves open.
const ANY: &str = "<any>";

/// The longest value that a difference shows.
const SHOWN: usize = 200;

/// Returns the first difference as a sentence. More fields than recorded are none; fewer fields, other types and other
/// values are.
pub(super) fn difference(expected: &Value, got: &Value, path: &str) -> Option<String> {
    let place = if path.is_empty() { "the response" } else { path };
    match (expected, got) {
        (Value::String(any), _) if any == ANY => None,
        (Value::Object(expected), Value::Object(got)) => expected.iter().find_map(|(key, value)| {
            let path = format!("{path}.{key}");
            match got.get(key) {
                Some(found) => difference(value, found, &path),
                None => Some(format!("{path} is missing, expected {}", shown(value))),
            }
        }),
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            let pairs = expected.iter().zip(got).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (expected, got))| difference(expected, got, &format!("{path}[{index}]")))
        }
        (Value::Array(expected), Value::Array(list)) => {
            Some(format!("{place}: {} entries, expected {}: {}", list.len(), expected.len(), shown(got)))
        }
        (Value::String(expected), Value::String(got)) if squeeze(expected) == squeeze(got) => None,
        (expected, got) if expected == got => None,
        (expected, got) => Some(format!("{place}: {}, expected {}", shown(got), shown(expected))),
    }
}

/// Sorts every list of a response, for a step whose order means nothing.
pub(super) fn ordered(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), ordered(value))).collect(),
        Value::Array(values) => {
            let mut values: Vec<Value> = values.iter().map(ordered).collect();
            values.sort_by_cached_key(ToString::to_string);
            Value::Array(values)
        }
        other => other.clone(),
    }
}

/// Leaves open what stands at a path such as `json.*.update_at`.
pub(super) fn leave_open(value: &mut Value, path: &str) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| leave_open(value, path)),
        Value::Object(map) => {
            let here = map.iter_mut().filter(|(key, _)| first == "*" || *key == first);
            here.for_each(|(_, value)| match rest {
                Some(rest) => leave_open(value, rest),
                None => *value = ANY.into(),
            });
        }
        _ => {}
    }
}

/// Returns the part of a value at a path, or an error that says where the path ends. `newest` and `posts` read a list
/// of posts, `name=value` finds an entry of a list, `<last>` is the end of an address; texts on the way are JSON.
pub(super) fn pick(value: &Value, path: &str) -> Result<Value, String> {
    let parts = path.split('.').filter(|part| !part.is_empty());
    parts.into_iter().try_fold(value.clone(), |value, part| {
        let missing = || format!("there is no `{part}` in {}", shown(&value));
        if part == "<last>" {
            let text = value.as_str().ok_or_else(missing)?.trim_end_matches('/');
            return Ok(text.rsplit('/').next().unwrap_or(text).into());
        }
        let value = match &value {
            Value::String(text) => serde_json::from_str(text).map_err(|_| missing())?,
            other => other.clone(),
        };
        match (&value, part.split_once('=')) {
            (Value::Array(values), Some((key, wanted))) => {
                Ok(values.iter().find(|one| plain(&one[key]) == wanted).cloned().unwrap_or(Value::Null))
            }
            (Value::Array(values), None) => {
                let index: usize = part.parse().map_err(|_| missing())?;
                values.get(index).cloned().ok_or_else(missing)
            }
            (Value::Object(map), _) => of_object(map, part).ok_or_else(missing),
            _ => Err(missing()),
        }
    })
}

fn of_object(map: &Map<String, Value>, part: &str) -> Option<Value> {
    let posts = |map: &Map<String, Value>| -> Option<Vec<Value>> {
        let order = map.get("order")?.as_array()?;
        order.iter().map(|id| map.get("posts")?.get(id.as_str()?).cloned()).collect()
    };
    match part {
        "newest" => Some(posts(map)?.into_iter().next().unwrap_or(Value::Null)),
        "posts" if map.contains_key("order") => posts(map).map(Value::Array),
        key => map.get(key).cloned(),
    }
}

/// Returns a value as a text without quotes.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fewer_fields_differ_and_more_do_not() {
        let expected = json!({"a": [1, {"b": "<any>"}]});
        assert_eq!(difference(&expected, &json!({"a": [1, {"b": 2, "c": 3}], "d": 4}), ""), None);
        let found = difference(&expected, &json!({"a": [1, {}]}), "");
        assert_eq!(found.as_deref(), Some(".a[1].b is missing, expected \"<any>\""));
        let found = difference(&expected, &json!({"a": [1.5, {"b": 2}]}), "");
        assert_eq!(found.as_deref(), Some(".a[0]: 1.5, expected 1"));
    }

    #[test]
    fn a_path_finds_posts_entries_and_json_in_texts() {
        let list = json!({"order": ["b", "a"], "posts": {"a": {"n": 1}, "b": {"n": 2}}});
        assert_eq!(pick(&list, "newest.n"), Ok(json!(2)));
        assert_eq!(pick(&list, "posts.1.n"), Ok(json!(1)));
        assert_eq!(pick(&json!([{"k": "x", "n": 1}]), "k=x.n"), Ok(json!(1)));
        assert_eq!(pick(&json!({"data": "{\"post\":{\"id\":7}}"}), "data.post.id"), Ok(json!(7)));
        assert_eq!(pick(&json!("http://host/hooks/abc/"), "<last>"), Ok(json!("abc")));
        assert!(pick(&list, "none").is_err());
    }

    #[test]
    fn an_open_field_compares_equal() {
        let mut value = json!({"json": [{"at": 1}, {"at": 2}]});
        leave_open(&mut value, "json.*.at");
        leave_open(&mut value, "json.at");
        assert_eq!(value, json!({"json": [{"at": "<any>"}, {"at": "<any>"}]}));
    }
}
