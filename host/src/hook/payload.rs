//! Reading a Slack-style payload as Mattermost does: content types, then JSON with Go's habits (keys in any case,
//! `null` means absent, the first JSON value counts, a wrong type is an error).

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::HookRequest;
use crate::model::{Attachment, AttachmentField, MAX_ICON_URL, Message};

/// A payload, decoded.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) message: Message,
    /// Where it wants to go; empty: the hook's own channel.
    pub(super) channel: String,
}

/// Why a body is no payload.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    #[error("the Content-Type header cannot be read: `{0}`")]
    ContentType(String),
    #[error("the body is empty: send JSON such as {{\"text\": \"hello\"}}")]
    Empty,
    #[error(
        "the form has no field `payload`; send the JSON in it, or send JSON with Content-Type application/json"
    )]
    NoPayloadField,
    #[error("the body is not JSON this server can read: {0}")]
    Json(#[source] serde_json::Error),
    #[error("the body must be a JSON object")]
    NotAnObject,
    #[error("`{field}` must be {expected}")]
    Field { field: String, expected: &'static str },
    #[error("the payload has neither `text` nor `attachments`")]
    NoText,
}

/// Attachments one payload may carry, and fields one attachment may.
const MAX_ATTACHMENTS: usize = 100;
const MAX_FIELDS: usize = 100;

pub(super) fn decode(request: &HookRequest) -> Result<Decoded, PayloadError> {
    let json = match media_type(request)?.as_str() {
        "application/x-www-form-urlencoded" => form_payload(request)?,
        _ => request.body.clone(),
    };
    let fields = object(&json)?;
    check_kind(&fields)?;
    check_priority(&fields)?;
    let text = text_of(&fields, "text")?;
    let attachments = attachments(&fields)?;
    if text.is_empty() && attachments.is_none() {
        return Err(PayloadError::NoText);
    }
    let message = Message {
        text,
        attachments: attachments.unwrap_or_default(),
        username: Some(text_of(&fields, "username")?).filter(|name| !name.is_empty()),
        icon_url: Some(icon_url(&fields)?).filter(|url| !url.is_empty()),
        props: props(&fields)?,
    };
    Ok(Decoded { message, channel: text_of(&fields, "channel")? })
}

/// The media type in lower case, without parameters; empty when absent.
fn media_type(request: &HookRequest) -> Result<String, PayloadError> {
    let header = request.header("content-type").unwrap_or_default();
    let essence = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.contains(char::is_whitespace) {
        return Err(PayloadError::ContentType(header.chars().take(120).collect()));
    }
    Ok(essence)
}

/// The form field `payload`, of the body or else of the query.
fn form_payload(request: &HookRequest) -> Result<Vec<u8>, PayloadError> {
    [request.body.as_slice(), request.query.as_bytes()]
        .into_iter()
        .flat_map(form_urlencoded::parse)
        .find(|(name, _)| name == "payload")
        .map(|(_, value)| value.into_owned().into_bytes())
        .ok_or(PayloadError::NoPayloadField)
}

fn object(json: &[u8]) -> Result<Map<String, Value>, PayloadError> {
    if json.iter().all(u8::is_ascii_whitespace) {
        return Err(PayloadError::Empty);
    }
    // Invalid UTF-8 is replaced, and what follows the first value ignored.
    let json = String::from_utf8_lossy(json);
    let read = |json: &str| Fields::deserialize(&mut serde_json::Deserializer::from_str(json));
    let fields = match read(&json) {
        Err(error) if error.is_syntax() => read(&escaped(&json)).map_err(|_| error),
        fields => fields,
    };
    match fields {
        Ok(Fields(fields)) => Ok(fields),
        Err(error) if error.is_data() => Err(PayloadError::NotAnObject),
        Err(error) => Err(PayloadError::Json(error)),
    }
}

/// The same text, but line breaks and tabs inside of strings are escaped: shell scripts send them as they are.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let (mut in_string, mut after_backslash) = (false, false);
    for c in json.chars() {
        match c {
            '\n' if in_string => escaped.push_str("\\n"),
            '\t' if in_string => escaped.push_str("\\t"),
            _ => escaped.push(c),
        }
        in_string ^= c == '"' && !after_backslash;
        after_backslash = in_string && c == '\\' && !after_backslash;
    }
    escaped
}

/// The payload's own fields, by name in lower case. Of those that share one, the last in the document counts.
struct Fields(Map<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Reads fields in the document's order, which a [`Map`] does not keep.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields, A::Error> {
        let mut fields = Map::new();
        while let Some((name, value)) = object.next_entry::<String, Value>()? {
            // To Go `null` says nothing, not even that there is nothing.
            if !value.is_null() {
                fields.insert(name.to_ascii_lowercase(), without_nul(value));
            }
        }
        Ok(Fields(fields))
    }
}

/// Databases do not agree on whether a text may hold NUL: like bytes that are no UTF-8, it is replaced.
fn without_nul(value: Value) -> Value {
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

/// A field under its name in any case, and `null` is no field. Of several in an attachment the exact name wins; only of the
/// payload's own the order is known.
fn find<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
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

fn text_of(fields: &Map<String, Value>, name: &str) -> Result<String, PayloadError> {
    match find(fields, name) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(PayloadError::Field { field: name.to_owned(), expected: "a text" }),
    }
}

fn icon_url(fields: &Map<String, Value>) -> Result<String, PayloadError> {
    let url = text_of(fields, "icon_url")?;
    if url.len() > MAX_ICON_URL {
        let expected = "an address of at most 1024 bytes";
        return Err(PayloadError::Field { field: "icon_url".to_owned(), expected });
    }
    Ok(url)
}

/// A post whose type begins with `system_` is the server's own word.
fn check_kind(fields: &Map<String, Value>) -> Result<(), PayloadError> {
    if text_of(fields, "type")?.starts_with("system_") {
        return Err(PayloadError::Field {
            field: "type".to_owned(),
            expected: "another type than the server's own, which begin with `system_`",
        });
    }
    Ok(())
}

/// A priority that is there has a name. Nothing else of it is read yet.
fn check_priority(fields: &Map<String, Value>) -> Result<(), PayloadError> {
    let Some(priority) = find(fields, "priority") else { return Ok(()) };
    let name = priority.as_object().and_then(|priority| find(priority, "priority"));
    if name.is_some_and(Value::is_string) {
        return Ok(());
    }
    Err(PayloadError::Field {
        field: "priority".to_owned(),
        expected: "an object with a text `priority`, such as `urgent`",
    })
}

fn props(fields: &Map<String, Value>) -> Result<Map<String, Value>, PayloadError> {
    match find(fields, "props") {
        None => Ok(Map::new()),
        Some(Value::Object(props)) => Ok(props.clone()),
        Some(_) => Err(PayloadError::Field { field: "props".to_owned(), expected: "an object" }),
    }
}

/// The objects of a list, without its `null`s; none when the field is absent.
fn objects<'f>(
    fields: &'f Map<String, Value>,
    name: &str,
    most: usize,
) -> Result<Option<Vec<&'f Map<String, Value>>>, PayloadError> {
    let wrong =
        || PayloadError::Field { field: name.to_owned(), expected: "a list of objects, not too many" };
    match find(fields, name) {
        None => Ok(None),
        Some(Value::Array(list)) if list.len() <= most => list
            .iter()
            .filter(|item| !item.is_null())
            .map(|item| item.as_object().ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}

fn attachments(fields: &Map<String, Value>) -> Result<Option<Vec<Attachment>>, PayloadError> {
    let Some(list) = objects(fields, "attachments", MAX_ATTACHMENTS)? else { return Ok(None) };
    list.into_iter().map(attachment).collect::<Result<_, _>>().map(Some)
}

fn attachment(fields: &Map<String, Value>) -> Result<Attachment, PayloadError> {
    let get = |name| text_of(fields, name);
    Ok(Attachment {
        id: find(fields, "id").and_then(Value::as_i64).unwrap_or_default(),
        fallback: get("fallback")?,
        color: get("color")?,
        pretext: get("pretext")?,
        author_name: get("author_name")?,
        author_link: get("author_link")?,
        author_icon: get("author_icon")?,
        title: get("title")?,
        title_link: get("title_link")?,
        text: get("text")?,
        fields: objects(fields, "fields", MAX_FIELDS)?
            .unwrap_or_default()
            .into_iter()
            .map(field)
            .collect::<Result<_, _>>()?,
        image_url: get("image_url")?,
        thumb_url: get("thumb_url")?,
        footer: get("footer")?,
        footer_icon: get("footer_icon")?,
        ts: find(fields, "ts").and_then(timestamp),
    })
}

fn field(fields: &Map<String, Value>) -> Result<AttachmentField, PayloadError> {
    let short = match fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("short")).map(|(_, value)| value)
    {
        None => Ok(false),
        Some(Value::Bool(short)) => Ok(*short),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(PayloadError::Field { field: "short".to_owned(), expected: "true or false" }),
    }?;
    let value = match find(fields, "value") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Ok(AttachmentField { title: text_of(fields, "title")?, value, short })
}

/// Whole seconds of a number or a text, which may have a fraction: Slack's moments do.
fn timestamp(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse().ok().filter(|_| fraction.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &str, body: &str) -> HookRequest {
        let headers =
            [("content-type".to_owned(), content_type.to_owned())].into_iter().filter(|(_, v)| !v.is_empty());
        HookRequest {
            method: "POST".into(),
            query: String::new(),
            headers: headers.collect(),
            body: body.into(),
        }
    }

    fn text_in(content_type: &str, body: &str) -> Option<String> {
        decode(&request(content_type, body)).ok().map(|decoded| decoded.message.text)
    }

    #[test]
    fn json_has_gos_habits() {
        let x = Some("x".to_owned());
        assert_eq!(text_in("", r#"{"text":"x"}"#), x);
        assert_eq!(text_in("", r#"{"Text":"x","unknown":[1]} trailing"#), x);
        assert_eq!(text_in("", r#"{"text":"x","username":null,"attachments":null}"#), x);
        for bad in [r#"{"text":5}"#, r#"{"text":null}"#, r#"["text"]"#, r#"{"text":"#, "", "  "] {
            assert_eq!(text_in("", bad), None, "{bad}");
        }
    }

    #[test]
    fn only_what_is_raw_inside_of_a_string_is_escaped() {
        for (json, expected) in [
            ("{\n\t\"a\": \"b\"}", "{\n\t\"a\": \"b\"}"),
            ("{\"a\":\"b\nc\td\"\n}", "{\"a\":\"b\\nc\\td\"\n}"),
            ("[\"\\\"\n\",\n\"\\\\\",\n]", "[\"\\\"\\n\",\n\"\\\\\",\n]"),
        ] {
            assert_eq!(escaped(json), expected);
        }
    }

    #[test]
    fn the_last_of_names_that_differ_in_case_counts() {
        for (body, text) in [
            (r#"{"text":"a","TEXT":"b"}"#, "b"),
            (r#"{"TEXT":"b","text":"a"}"#, "a"),
            (r#"{"tExt":"a","Text":"b","tEXt":"c"}"#, "c"),
            (r#"{"text":"a","text":"b"}"#, "b"),
            (r#"{"text":"a","TEXT":null}"#, "a"),
        ] {
            assert_eq!(text_in("", body).as_deref(), Some(text), "{body}");
        }
        assert_eq!(text_in("", r#"{"text":"a","TEXT":5}"#), None);
        for body in ["[]", "5", "\"text\"", "null", r#"[{"text":"a"}]"#] {
            assert!(matches!(decode(&request("", body)), Err(PayloadError::NotAnObject)), "{body}");
        }
    }

    #[test]
    fn a_moment_is_whole_seconds() {
        for (ts, seconds) in [
            ("1700000000", Some(1_700_000_000)),
            ("1700000000.5", Some(1_700_000_000)),
            ("1.7e9", Some(1_700_000_000)),
            ("\"1700000000.000100\"", Some(1_700_000_000)),
            ("\"7\"", Some(7)),
            ("1e300", None),
            ("\"7.x\"", None),
            ("\"soon\"", None),
            ("true", None),
        ] {
            let body = format!(r#"{{"attachments":[{{"ts":{ts}}}]}}"#);
            let decoded = decode(&request("", &body)).unwrap();
            assert_eq!(decoded.message.attachments[0].ts, seconds, "{ts}");
        }
    }

    #[test]
    fn attachments_take_what_senders_send() {
        let body = r#"{"attachments":[null,{"title":"t","fields":[null,{"title":"f","value":5,"short":"True"}],"ts":"7"}]}"#;
        let decoded = decode(&request("application/json", body)).unwrap();
        let [attachment] = &decoded.message.attachments[..] else { panic!("one attachment") };
        assert_eq!((attachment.title.as_str(), attachment.ts), ("t", Some(7)));
        assert_eq!(
            attachment.fields,
            [AttachmentField { title: "f".into(), value: "5".into(), short: true }]
        );
        assert!(decode(&request("", r#"{"attachments":[{"fields":[{"short":1}]}]}"#)).is_err());
        assert!(decode(&request("", r#"{"attachments":[{"fields":[{"short":null}]}]}"#)).is_err());
    }
}
