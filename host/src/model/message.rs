//! Messages: Markdown text and attachments that become posts, and the links in them. JSON names are the wire's.

use serde_json::{Map, Value};

use super::plain_name;

/// Attachments of one message from a webhook or a plugin: the same limit as Slack's. A message with more is refused.
pub const MAX_ATTACHMENTS: usize = 100;

/// Fields of one attachment. An attachment with more is refused.
pub const MAX_ATTACHMENT_FIELDS: usize = 100;

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

/// Props of a post that have a field in [`Message`], and `override_icon_emoji`, which no message may set.
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
    pub props: Map<String, Value>,
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
    pub fields: Vec<AttachmentField>,
    pub image_url: String,
    pub thumb_url: String,
    pub footer: String,
    pub footer_icon: String,
    pub ts: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct AttachmentField {
    pub title: String,
    pub value: String,
    pub short: bool,
}

impl Attachment {
    /// Returns the size as JSON in a list, in bytes.
    pub fn size(&self) -> usize {
        // Plain texts and numbers always serialise.
        serde_json::to_string(self).map_or(0, |json| json.len() + 1)
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
        if let Some(url) = self.icon_url.as_ref().filter(|url| is_web_link(url)) {
            props.insert("override_icon_url".to_owned(), url.clone().into());
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

#[cfg(test)]
mod tests {
    use super::*;

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
