//! Reads JSON as Go does: keys match in any case, `null` means absent, and only the first value of a document is read.
//! A wrong type is an error.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::json::readable;

/// Why a text is no message.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the body is empty; send JSON such as {{\"text\": \"hello\"}}")]
    Empty,
    #[error("the body is not JSON this server can read: {0}")]
    Json(#[source] serde_json::Error),
    #[error("the body must be a JSON object, such as {{\"text\": \"hello\"}}")]
    NotAnObject,
    #[error("`{field}` must be {expected}")]
    Field { field: String, expected: &'static str },
}

/// Reads the object that a document begins with. `null` is an empty object, as for Go.
pub fn object(json: &[u8]) -> Result<Map<String, Value>, ReadError> {
    let json = readable(json);
    if json.trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    // Like Go, this ignores text after the first value.
    match Fields::deserialize(&mut serde_json::Deserializer::from_str(&json)) {
        Ok(Fields(fields)) => Ok(fields),
        Err(error) if error.is_data() => Err(ReadError::NotAnObject),
        Err(error) => Err(ReadError::Json(error)),
    }
}

/// The fields of the payload, by name in lower case. The last one of a repeated name counts.
struct Fields(Map<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InOrder)
    }
}

/// Reads fields in the document's order, which a [`Map`] does not keep.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Fields, E> {
        Ok(Fields(Map::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields, A::Error> {
        let mut fields = Map::new();
        while let Some((name, value)) = object.next_entry::<String, Value>()? {
            // Go ignores `null`, so an earlier value of the same name stays.
            if !value.is_null() {
                fields.insert(name.to_ascii_lowercase(), without_nul(value));
            }
        }
        Ok(Fields(fields))
    }
}

/// Replaces NUL as well as bytes that are not UTF-8, because PostgreSQL cannot store NUL in a text.
pub fn without_nul(value: Value) -> Value {
    let replaced = |text: String| text.replace('\0', "\u{fffd}");
    match value {
        Value::String(text) => Value::String(replaced(text)),
        Value::Array(list) => list.into_iter().map(without_nul).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(key, value)| (replaced(key), without_nul(value))).collect()
        }
        other => other,
    }
}

/// Finds a field by its name in any case; `null` counts as absent. The exact name wins over others, because the
/// document's order is not known inside the payload, for example in an attachment.
pub fn find<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    let exact = fields.get(name);
    exact
        .or_else(|| {
            fields
                .iter()
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
                .next_back()
        })
        .filter(|value| !value.is_null())
}

pub fn text_of(fields: &Map<String, Value>, name: &str) -> Result<String, ReadError> {
    match find(fields, name) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(ReadError::Field { field: name.to_owned(), expected: "a text" }),
    }
}

pub fn bool_of(fields: &Map<String, Value>, name: &str) -> Result<bool, ReadError> {
    match find(fields, name) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(ReadError::Field { field: name.to_owned(), expected: "true or false" }),
    }
}

/// Returns the objects of a list without its `null`s, or None if the field is absent.
pub fn objects<'f>(
    fields: &'f Map<String, Value>,
    name: &str,
    limit: usize,
) -> Result<Option<Vec<&'f Map<String, Value>>>, ReadError> {
    let wrong = || ReadError::Field { field: name.to_owned(), expected: "a list of objects, not too many" };
    match find(fields, name) {
        None => Ok(None),
        Some(Value::Array(list)) if list.len() <= limit => list
            .iter()
            .filter(|item| !item.is_null())
            .map(|item| item.as_object().ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}
