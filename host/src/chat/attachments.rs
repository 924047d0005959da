//! The attachments that a client sends with a post, in the form that clients read: with every field. Pure.

use serde_json::{Map, Value};

use super::ChatError;
use crate::model::{Kind, MAX_ATTACHMENTS};

/// Fields that are texts.
const TEXTS: [&str; 13] = [
    "fallback",
    "color",
    "pretext",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "text",
    "image_url",
    "thumb_url",
    "footer",
    "footer_icon",
];

/// Completes the attachments among a post's props. What is not an attachment is left out, as Mattermost does.
pub(super) fn complete(props: &mut Map<String, Value>) -> Result<(), ChatError> {
    let Some(Value::Array(attachments)) = props.get_mut("attachments") else { return Ok(()) };
    if attachments.len() > MAX_ATTACHMENTS {
        let reason = format!("a post may have at most {MAX_ATTACHMENTS} attachments");
        return Err(ChatError::Invalid { kind: Kind::Post, field: "props", reason });
    }
    let complete = std::mem::take(attachments).into_iter().filter_map(attachment);
    *attachments = complete.map(Value::Object).collect();
    Ok(())
}

/// Returns None for a value that is not an attachment, because it or one of its fields has another type.
fn attachment(value: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut given) = value else { return None };
    let mut complete = Map::new();
    let id = taken(&mut given, "id").unwrap_or_else(|| 0.into());
    complete.insert("id".to_owned(), Some(id).filter(Value::is_i64)?);
    for name in TEXTS {
        complete.insert(name.to_owned(), text(&mut given, name)?);
    }
    let fields = match taken(&mut given, "fields") {
        Some(Value::Array(fields)) => fields.into_iter().map(field).collect::<Option<Vec<_>>>()?.into(),
        Some(_) => return None,
        None => Value::Null,
    };
    complete.insert("fields".to_owned(), fields);
    complete.insert("ts".to_owned(), taken(&mut given, "ts").unwrap_or_default());
    if let Some(actions) = taken(&mut given, "actions") {
        complete.insert("actions".to_owned(), Some(actions).filter(Value::is_array)?);
    }
    Some(complete)
}

/// Completes a row of an attachment's table.
fn field(value: Value) -> Option<Value> {
    let Value::Object(mut given) = value else { return None };
    let short = match taken(&mut given, "short") {
        None => false,
        Some(Value::Bool(short)) => short,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        Some(_) => return None,
    };
    let title = text(&mut given, "title")?;
    let value = taken(&mut given, "value").unwrap_or_default();
    Some(Value::Object(Map::from_iter([
        ("title".to_owned(), title),
        ("value".to_owned(), value),
        ("short".to_owned(), short.into()),
    ])))
}

fn text(given: &mut Map<String, Value>, name: &str) -> Option<Value> {
    Some(taken(given, name).unwrap_or_else(|| "".into())).filter(Value::is_string)
}

/// Returns a field. One that is `null` counts as absent.
fn taken(given: &mut Map<String, Value>, name: &str) -> Option<Value> {
    given.remove(name).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn completed(attachments: Value) -> Result<Value, ChatError> {
        let mut props = Map::from_iter([("attachments".to_owned(), attachments)]);
        complete(&mut props)?;
        Ok(props["attachments"].clone())
    }

    #[test]
    fn an_attachment_has_every_field_and_only_known_ones() {
        let given = json!([{"text": "t", "other": 1, "ts": "now", "fields": [{"title": "a", "value": 1, "short": "true"}]}]);
        let complete = completed(given).unwrap();
        assert_eq!(complete[0]["fields"], json!([{"title": "a", "value": 1, "short": true}]));
        assert_eq!(
            (&complete[0]["text"], &complete[0]["footer"], &complete[0]["id"]),
            (&json!("t"), &json!(""), &json!(0))
        );
        assert_eq!((&complete[0]["ts"], complete[0].get("other")), (&json!("now"), None));
        assert_eq!(completed(json!([{}])).unwrap()[0]["fields"], Value::Null);
    }

    #[test]
    fn values_of_another_type_are_no_attachments() {
        let odd = json!([1, "x", {"text": 1}, {"fields": [1]}, {"fields": {}}, {"id": "x"}, {"actions": 1}, {"text": null}]);
        assert_eq!(completed(odd).unwrap().as_array().map(Vec::len), Some(1));
        assert_eq!(completed(json!("none")).unwrap(), json!("none"));
        assert!(completed(json!(vec![json!({}); MAX_ATTACHMENTS + 1])).is_err());
    }
}
