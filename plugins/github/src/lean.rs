//! Payloads without what no message needs, left out while they are read. GitHub sends up to 25 MB, nearly all of it
//! names of files, and a plugin has 64 MiB of memory.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The fields of a commit that list the names of its files.
const LEFT_OUT: [&str; 3] = ["added", "modified", "removed"];

/// JSON without [`LEFT_OUT`], and without null: every payload type has defaults for missing fields.
#[derive(Debug, PartialEq)]
pub(crate) struct Lean(pub(crate) Value);

impl<'de> Deserialize<'de> for Lean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LeanVisitor).map(Self)
    }
}

struct LeanVisitor;

impl<'de> Visitor<'de> for LeanVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(Lean(value)) = list.next_element()? {
            if !value.is_null() {
                kept.push(value);
            }
        }
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if LEFT_OUT.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let Lean(value) = map.next_value()?;
            if !value.is_null() {
                kept.insert(key, value);
            }
        }
        Ok(Value::Object(kept))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nulls_and_names_of_files_vanish_at_every_depth() {
        let text = r#"{"a": null, "b": [null, {"c": null, "d": 0, "added": ["x"]}], "e": false, "f": -1.5, "g": -2}"#;
        let lean = json!({"b": [{"d": 0}], "e": false, "f": -1.5, "g": -2});
        assert_eq!(serde_json::from_str::<Lean>(text).unwrap(), Lean(lean));
        assert!(serde_json::from_str::<Lean>(r#"{"added": [}"#).is_err());
    }
}
