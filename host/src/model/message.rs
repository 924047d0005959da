//! Messages: Markdown text and attachments that become posts, and the links in them. JSON names are the wire's.

use serde::{Deserialize, Deserializer, Serializer};
use serde_json::{Map, Value};

use super::{PostKind, plain_name};

/// Attachments of one message from a webhook or a plugin: the same limit as Slack's. A message with more is refused.
pub const MAX_ATTACHMENTS: usize = 100;

/// Fields of one attachment. An attachment with more is refused.
pub const MAX_ATTACHMENT_FIELDS: usize = 100;

/// Buttons and menus of one attachment. An attachment with more is refused.
pub const MAX_ATTACHMENT_ACTIONS: usize = 100;

/// Largest attachment of a webhook as JSON without its text, in bytes. A payload with a larger one is refused. A text
/// that does not fit into a post beside it is cut.
pub const MAX_ATTACHMENT: usize = 16_384;

/// Largest props of a webhook's message as JSON, in bytes. Limited because every part of a split text repeats them. A
/// payload with more is refused.
pub const MAX_MESSAGE_PROPS: usize = 16_384;

/// Longest URL of a message's picture, in bytes. Limited because every part of a split text repeats it.
pub const MAX_ICON_URL: usize = 1024;

/// Props that clients trust: those that set the displayed author, and the one that they make a link of which adds users
/// to the channel. Only the host sets and changes them.
pub const SPEAKER_PROPS: [&str; 6] =
    ["add_channel_member", "from_bot", "from_plugin", "from_webhook", "plugin_id", "webhook_display_name"];

/// Props that set the displayed name and picture of a post. Clients follow them only in the posts of integrations.
pub const OVERRIDE_PROPS: [&str; 3] = ["override_icon_emoji", "override_icon_url", "override_username"];

/// Props of a post that have a field in [`Message`].
const PROPS_OF_FIELDS: [&str; 4] =
    ["attachments", "override_icon_emoji", "override_icon_url", "override_username"];

/// Text and attachments before they become posts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// A display name and picture other than the author's, if the operator allows them.
    pub username: Option<String>,
    pub icon_url: Option<String>,
    pub icon_emoji: Option<EmojiIcon>,
    /// The kind of its posts. Those of a message with attachments have the kind for these.
    pub kind: PostKind,
    /// One of [`PRIORITIES`](super::PRIORITIES).
    pub priority: String,
    pub props: Map<String, Value>,
}

/// An emoji in place of the author's picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmojiIcon {
    /// The name as it was sent, with or without colons.
    pub sent: String,
    /// The path of its picture on this server; None if there is no such emoji.
    pub picture: Option<String>,
}

/// A Slack-style attachment. Its JSON has every field, as Mattermost's clients expect.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Attachment {
    pub id: i64,
    pub fallback: String,
    pub color: String,
    pub pretext: String,
    pub author_name: String,
    pub author_link: String,
    pub author_icon: String,
    pub title: String,
    pub title_link: String,
    pub text: String,
    /// `null` on the wire if there are none.
    #[serde(serialize_with = "or_null", deserialize_with = "or_none")]
    pub fields: Vec<AttachmentField>,
    pub image_url: String,
    pub thumb_url: String,
    pub footer: String,
    pub footer_icon: String,
    /// A moment in seconds. Senders write it as a number or as a text, and clients get it as it was sent.
    pub ts: Value,
    /// Buttons and menus, each an object with an `id`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Value>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct AttachmentField {
    pub title: String,
    /// `null` on the wire if there is none.
    pub value: Option<String>,
    pub short: bool,
}

impl Attachment {
    /// Returns the size as JSON in a list, in bytes.
    pub fn size(&self) -> usize {
        // Plain texts and numbers always serialise.
        serde_json::to_string(self).map_or(0, |json| json.len() + 1)
    }

    /// Returns the whole seconds of the moment, if it is a number or a text with one. Slack's moments have a fraction.
    pub fn seconds(&self) -> Option<i64> {
        let text = match &self.ts {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => return None,
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        whole.parse().ok().filter(|_| fraction.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

impl Message {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Returns the props for a post of this message, without attachments and those that only the server sets.
    pub fn own_props(&self) -> Map<String, Value> {
        let mut props = self.props.clone();
        props.retain(|name, _| {
            !SPEAKER_PROPS.contains(&name.as_str()) && !PROPS_OF_FIELDS.contains(&name.as_str())
        });
        let username = self.username.as_deref().map(plain_name);
        if let Some(name) = username.filter(|name| !name.is_empty()) {
            props.insert("override_username".to_owned(), name.into());
        }
        // A link of another scheme could run code in a client.
        if let Some(url) = self.icon_url.as_ref().filter(|url| url.is_empty() || is_web_link(url)) {
            props.insert("override_icon_url".to_owned(), url.clone().into());
        }
        if let Some(emoji) = &self.icon_emoji {
            props.insert("override_icon_emoji".to_owned(), emoji.sent.clone().into());
            if let Some(picture) = &emoji.picture {
                props.insert("override_icon_url".to_owned(), picture.clone().into());
            }
        }
        props
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.attachments.is_empty()
    }
}

/// Whether a link begins with one of these schemes, in either case.
pub fn has_scheme(link: &str, schemes: &[&str]) -> bool {
    let begins =
        |scheme: &&str| link.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    schemes.iter().any(begins)
}

/// Whether a link opens a web page rather than a program on the reader's machine.
pub fn is_web_link(link: &str) -> bool {
    has_scheme(link, &["http://", "https://"])
}

fn or_null<S: Serializer>(fields: &[AttachmentField], serializer: S) -> Result<S::Ok, S::Error> {
    if fields.is_empty() { serializer.serialize_none() } else { serializer.collect_seq(fields) }
}

fn or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<AttachmentField>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_is_read_as_whole_seconds() {
        for (ts, seconds) in [
            (json!(1_700_000_000), Some(1_700_000_000)),
            (json!(1_700_000_000.5), Some(1_700_000_000)),
            (json!("1700000000.000100"), Some(1_700_000_000)),
            (json!("7"), Some(7)),
            (json!(1e300), None),
            (json!("7.x"), None),
            (json!("2024-01-02T03:04:05Z"), None),
            (json!(true), None),
            (Value::Null, None),
        ] {
            let attachment = Attachment { ts: ts.clone(), ..Attachment::default() };
            assert_eq!(attachment.seconds(), seconds, "{ts}");
        }
    }

    #[test]
    fn no_fields_are_null_on_the_wire_and_back() {
        let none = Attachment::default();
        let json = serde_json::to_value(&none).unwrap();
        assert_eq!((&json["fields"], &json["ts"], json.get("actions")), (&Value::Null, &Value::Null, None));
        assert_eq!(serde_json::from_value::<Attachment>(json).unwrap(), none);
    }

    #[test]
    fn a_web_link_begins_with_a_scheme_of_the_web() {
        for link in ["http://a", "https://a", "HTTPS://A"] {
            assert!(is_web_link(link), "{link}");
        }
        for link in ["", "http:", "httpx://a", " https://a", "javascript:a", "mailto:a@b", "//a", "é"] {
            assert!(!is_web_link(link), "{link}");
        }
    }
}
