//! What a command responds, in the form of the wire.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{Attachment, CommandReply, MAX_ICON_URL, Visibility};
use crate::secret::random_id;
use crate::slack::{ReadError, attachments, bool_of, find, object, objects, text_of};

/// Most further responses in one. A response with more is not read.
const MAX_EXTRA: usize = 50;

/// A message for the channel, and one for the caller only.
pub(super) const IN_CHANNEL: &str = "in_channel";
pub(super) const EPHEMERAL: &str = "ephemeral";

/// The response that the caller's client acts on. The visible message arrives by WebSocket.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ExecuteResponse {
    /// `in_channel`, or `ephemeral`, or empty, which means the same. Another one shows nothing.
    pub response_type: String,
    pub text: String,
    pub username: String,
    pub channel_id: String,
    pub icon_url: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub props: Option<Map<String, Value>>,
    /// The address that the client opens.
    pub goto_location: String,
    pub trigger_id: String,
    /// Whether Slack's syntax in the texts stays as it is.
    pub skip_slack_parsing: bool,
    pub attachments: Option<Vec<Attachment>>,
    pub extra_responses: Option<Vec<Self>>,
}

impl ExecuteResponse {
    /// Returns a text for the caller only.
    pub(super) fn whisper(text: impl Into<String>) -> Self {
        Self { response_type: EPHEMERAL.to_owned(), text: text.into(), ..Self::default() }
    }

    /// Returns a text for the channel.
    pub(super) fn in_channel(text: impl Into<String>) -> Self {
        Self { response_type: IN_CHANNEL.to_owned(), text: text.into(), ..Self::default() }
    }

    /// Returns a response that only opens an address.
    pub(super) fn goto(location: impl Into<String>) -> Self {
        Self { goto_location: location.into(), ..Self::default() }
    }

    /// Reads the response of a command's target: JSON if the content type says so, else a plain text.
    pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Self, ReadError> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let text = String::from_utf8_lossy(body).replace('\0', "\u{fffd}");
            return Ok(Self { text, ..Self::default() });
        }
        let fields = object(body)?;
        let extra = objects(&fields, "extra_responses", MAX_EXTRA)?.filter(|list| !list.is_empty());
        let extra = extra.map(|list| list.into_iter().map(Self::of_fields).collect()).transpose()?;
        Ok(Self { extra_responses: extra, ..Self::of_fields(&fields)? })
    }

    fn of_fields(fields: &Map<String, Value>) -> Result<Self, ReadError> {
        let text = |name| text_of(fields, name);
        let wrong = |field: &str, expected| ReadError::Field { field: field.to_owned(), expected };
        let props = match find(fields, "props") {
            None => None,
            Some(Value::Object(props)) => Some(props.clone()),
            Some(_) => return Err(wrong("props", "an object")),
        };
        let icon_url = text("icon_url")?;
        if icon_url.len() > MAX_ICON_URL {
            return Err(wrong("icon_url", "an address of at most 1024 bytes"));
        }
        Ok(Self {
            response_type: text("response_type")?,
            text: text("text")?,
            username: text("username")?,
            channel_id: text("channel_id")?,
            icon_url,
            kind: text("type")?,
            props,
            goto_location: text("goto_location")?,
            trigger_id: text("trigger_id")?,
            skip_slack_parsing: bool_of(fields, "skip_slack_parsing")?,
            attachments: Some(attachments(fields)?).filter(|list| !list.is_empty()),
            extra_responses: None,
        })
    }
}

/// The response of a plugin; an empty one if it sends none.
impl From<Option<CommandReply>> for ExecuteResponse {
    fn from(reply: Option<CommandReply>) -> Self {
        let (response_type, text, goto_url) = match reply {
            Some(CommandReply { visibility: Visibility::InChannel, message, goto_url }) => {
                (IN_CHANNEL, message.text, goto_url)
            }
            Some(CommandReply { visibility: Visibility::Ephemeral, message, goto_url }) => {
                (EPHEMERAL, message.text, goto_url)
            }
            None => Default::default(),
        };
        Self {
            response_type: response_type.to_owned(),
            text,
            goto_location: goto_url.unwrap_or_default(),
            trigger_id: random_id(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plain_text_is_the_text_whatever_it_looks_like() {
        for kind in ["", "text/plain", "text/html; charset=utf-8", "application/jsonx"] {
            let reply = ExecuteResponse::read(kind, br#"{"text":"x"}"#).unwrap();
            assert_eq!(
                reply,
                ExecuteResponse { text: r#"{"text":"x"}"#.to_owned(), ..ExecuteResponse::default() },
                "{kind}"
            );
        }
        assert_eq!(ExecuteResponse::read("", b"a\0\xff").unwrap().text, "a\u{fffd}\u{fffd}");
    }

    #[test]
    fn json_is_read_with_its_further_responses() {
        let body = json!({
            "Text": "a", "response_type": "in_channel", "props": {"x": 1}, "skip_slack_parsing": true,
            "attachments": [], "extra_responses": [{"text": "b", "extra_responses": [{"text": "c"}]}, null],
        });
        let reply =
            ExecuteResponse::read("Application/JSON; charset=utf-8", body.to_string().as_bytes()).unwrap();
        let extra = ExecuteResponse { text: "b".to_owned(), ..ExecuteResponse::default() };
        let expected = ExecuteResponse {
            response_type: IN_CHANNEL.to_owned(),
            text: "a".to_owned(),
            props: json!({"x": 1}).as_object().cloned(),
            skip_slack_parsing: true,
            extra_responses: Some(vec![extra]),
            ..ExecuteResponse::default()
        };
        assert_eq!(reply, expected);
        assert_eq!(ExecuteResponse::read("application/json", b"null").unwrap(), ExecuteResponse::default());
        for bad in
            ["", "{", "[]", "\"x\"", r#"{"text":5}"#, r#"{"props":[]}"#, r#"{"skip_slack_parsing":"no"}"#]
        {
            assert!(ExecuteResponse::read("application/json", bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
