//! What is said: Markdown text and attachments, before it is a post. JSON names are the wire's.

use serde_json::{Map, Value};

/// Text and attachments on their way to becoming a post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// A display name and picture other than the author's, where the host allows it.
    pub username: Option<String>,
    pub icon_url: Option<String>,
    pub props: Map<String, Value>,
}

/// A Slack-style attachment. On output every field is present, as Mattermost's own are.
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

impl Message {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.attachments.is_empty()
    }
}
