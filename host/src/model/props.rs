//! A post's props, kept as JSON text from the database to the wire.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer, ser};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Largest props of a post as JSON text, attachments included, in bytes: about as much as its message may have. A
/// user's or plugin's post with more is refused; the attachments of a webhook or command continue in further posts.
pub const MAX_PROPS: usize = 65_536;

/// A JSON object as text. As a tree of values it would take up to sixteen times the memory, in every list of posts.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Props(String);

impl Props {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0 == "{}"
    }

    /// Returns the object as a tree, which takes much more memory than the text.
    pub fn object(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Returns the text in a field.
    pub fn text(&self, name: &str) -> Option<String> {
        self.field(name)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.fields().contains_key(name)
    }

    /// Returns the attachments, of whatever shape they are.
    pub fn attachments(&self) -> Vec<Value> {
        // Serialised keys of letters are never escaped, so this rules out most props.
        if self.0.contains("\"attachments\"") {
            self.field("attachments").unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    /// Whether there is at least one attachment.
    pub fn has_attachments(&self) -> bool {
        // Serialised keys of letters are never escaped, so this rules out most props.
        self.0.contains("\"attachments\"")
            && self.field("attachments").is_some_and(|list: Vec<serde::de::IgnoredAny>| !list.is_empty())
    }

    /// Returns a field, or `None` if it is absent or has another type.
    fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.fields().get(name)?.get()).ok()
    }

    /// Returns the fields without their trees.
    fn fields(&self) -> BTreeMap<String, &RawValue> {
        if self.is_empty() { BTreeMap::new() } else { serde_json::from_str(&self.0).unwrap_or_default() }
    }
}

impl Default for Props {
    fn default() -> Self {
        Self("{}".to_owned())
    }
}

impl From<Map<String, Value>> for Props {
    fn from(object: Map<String, Value>) -> Self {
        Self(Value::Object(object).to_string())
    }
}

impl Serialize for Props {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn props(object: &Value) -> Props {
        Props::from(object.as_object().expect("an object").clone())
    }

    #[test]
    fn props_are_written_as_the_object_that_they_hold() {
        let object = json!({"a": [1, {"b\"": null}], "ü": "\u{1}"});
        assert_eq!(serde_json::to_value(props(&object)).unwrap(), object);
        assert_eq!(serde_json::to_string(&Props::default()).unwrap(), "{}");
        assert_eq!(Value::Object(props(&object).object()), object);
    }

    #[test]
    fn a_field_of_another_type_counts_as_absent() {
        let odd = props(&json!({"a": "x", "n": 1, "attachments": {"text": "y"}}));
        assert_eq!((odd.text("a"), odd.text("n"), odd.text("b")), (Some("x".to_owned()), None, None));
        assert!(odd.contains("n") && !odd.contains("b") && odd.attachments().is_empty());
        assert!(!odd.has_attachments() && props(&json!({"attachments": [1]})).has_attachments());
        assert_eq!(props(&json!({"attachments": [1, {}]})).attachments(), [json!(1), json!({})]);
    }
}
