//! Reads JSON that clients send, as tolerantly as Mattermost, whose decoder is Go's, and its senders expect: every
//! route and every hook uses this one reader. Its time and memory grow linearly with the text.
//!
//! - A byte order mark is skipped, and only the first value of a text is read.
//! - Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD. A Node program that cuts a text with
//!   `slice` sends such a half.
//! - Control characters in strings count as text, because shell scripts send them raw.
//! - Fields match in any case; the exact name wins.

use std::borrow::Cow;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Value};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Length of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

/// Reads the first value of a text.
pub fn first<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    T::deserialize(&mut serde_json::Deserializer::from_str(&readable(json)))
}

/// Whether a text in a value is NUL, or holds it. PostgreSQL cannot store such a text, SQLite can.
pub fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// A value whose fields match those of a struct in any case, at every depth. It is a source for serde.
#[derive(Debug)]
pub struct AnyCase(pub Value);

/// Returns the text as JSON that `serde_json` reads, without a copy if it is already.
pub fn readable(json: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json));
    match repaired(&text) {
        Some(repaired) => Cow::Owned(repaired),
        None => text,
    }
}

/// Escapes control characters inside strings, and replaces halves of surrogate pairs. Returns None if there are none.
fn repaired(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut repaired = String::new();
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while let Some(byte) = bytes.get(at) {
        let (length, replacement) = match byte {
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            b'\\' if in_string => escape(&bytes[at..]),
            0..0x20 if in_string => (1, Some(Cow::Owned(format!("\\u{byte:04x}")))),
            _ => (1, None),
        };
        if let Some(replacement) = replacement {
            repaired.push_str(&text[copied..at]);
            repaired.push_str(&replacement);
            copied = at + length;
        }
        at += length;
    }
    (copied > 0).then(|| repaired + &text[copied..])
}

/// Returns the length of the escape that the bytes begin with, and its replacement if it is half of a surrogate pair.
fn escape(bytes: &[u8]) -> (usize, Option<Cow<'static, str>>) {
    match code_unit(bytes) {
        Some(0xd800..0xdc00) if matches!(code_unit(&bytes[ESCAPE..]), Some(0xdc00..0xe000)) => {
            (2 * ESCAPE, None)
        }
        Some(0xd800..0xe000) => (ESCAPE, Some(Cow::Borrowed("\\ufffd"))),
        // An escaped quote or backslash does not end the string.
        _ => (2, None),
    }
}

/// Returns the UTF-16 code unit of an escape `\uXXXX` that the bytes begin with.
fn code_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.get(..ESCAPE)?.strip_prefix(b"\\u")?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then(|| str::from_utf8(digits).ok())??;
    u16::from_str_radix(digits, 16).ok()
}

/// Returns the object with the names of the struct's fields. An exact name wins over one in another case.
fn named(object: Map<String, Value>, fields: &[&str]) -> Map<String, Value> {
    let (mut named, others): (Map<_, _>, Map<_, _>) =
        object.into_iter().partition(|(name, _)| fields.contains(&name.as_str()));
    for (name, value) in others {
        let field = fields.iter().find(|field| field.eq_ignore_ascii_case(&name));
        let name = field.map_or(name, |field| (*field).to_owned());
        named.entry(name).or_insert(value);
    }
    named
}

impl IntoDeserializer<'_, Error> for AnyCase {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for AnyCase {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Self));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(fields) => visit(fields, visitor),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(object) => visit(named(object, fields), visitor),
            other => Self(other).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        // serde_json's own types, such as a raw value, need its own deserializer.
        if name.starts_with("$serde_json") {
            return self.0.deserialize_newtype_struct(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

fn visit<'de, V: Visitor<'de>>(fields: Map<String, Value>, visitor: V) -> Result<V::Value, Error> {
    let mut fields = MapDeserializer::new(fields.into_iter().map(|(name, value)| (name, AnyCase(value))));
    let value = visitor.visit_map(&mut fields)?;
    fields.end().map(|()| value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        #[serde(default)]
        name: String,
        list: Option<Vec<Inner>>,
        #[serde(default)]
        map: BTreeMap<String, i64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        size: u8,
        kind: Kind,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Small,
    }

    fn read(json: &[u8]) -> Value {
        first(json).unwrap()
    }

    #[test]
    fn what_senders_get_wrong_is_read_as_they_meant_it() {
        for (json, text) in [
            (&br#"{"a":"cut \ud83d"}"#[..], "cut \u{fffd}"),
            (br#"{"a":"\udE00\uD83D\ude00\ud83dx\ud83d\u0041"}"#, "\u{fffd}\u{1f600}\u{fffd}x\u{fffd}A"),
            (br#"{"a":"\ud83d\\ude00"}"#, "\u{fffd}\\ude00"),
            (br#"{"a":"\\ud83d"}"#, "\\ud83d"),
            (b"{\"a\":\"caf\xe9\"}", "caf\u{fffd}"),
            (b"{\"a\":\"one\r\ntwo\tthree \x1b[31m\"}", "one\r\ntwo\tthree \u{1b}[31m"),
            (b"{\"a\":\"\\\"\n\\\\\"\n}", "\"\n\\"),
            (b"\xef\xbb\xbf{\"a\":\"bom\"}", "bom"),
            (b"{\"a\":\"first\"}{\"a\":\"second\"}", "first"),
            (b"{\"a\":\"first\"} trailing \x01\"", "first"),
        ] {
            assert_eq!(read(json), json!({"a": text}), "{}", String::from_utf8_lossy(json));
        }
    }

    #[test]
    fn what_is_valid_is_not_copied() {
        for json in ["{\n\t\"a\": \"b\\n\\u00e4\\ud83d\\ude00\"\r\n}", "[1, \"\u{e4}\"]", ""] {
            assert!(matches!(readable(json.as_bytes()), Cow::Borrowed(text) if text == json), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for json in ["", " ", "{", "{\"a\":\"b", "{\"a\":\"b\\", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud83", "x"]
        {
            assert!(first::<Value>(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn fields_match_in_any_case_at_every_depth() {
        let inner = Inner { size: 5, kind: Kind::Small };
        let wanted = Outer {
            name: "x".to_owned(),
            list: Some(vec![inner]),
            map: [("Key".to_owned(), 1), ("key".to_owned(), 2)].into(),
        };
        let read = json!({
            "NAME": "other", "name": "x", "List": [{"SIZE": 5, "Kind": "small"}], "Map": {"Key": 1, "key": 2},
        });
        assert_eq!(Outer::deserialize(AnyCase(read)).unwrap(), wanted);
        let empty = Outer { name: String::new(), list: None, map: BTreeMap::new() };
        assert_eq!(Outer::deserialize(AnyCase(json!({"list": null}))).unwrap(), empty);
        assert!(Outer::deserialize(AnyCase(json!({"name": 5}))).is_err());
    }
}
