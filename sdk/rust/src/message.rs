//! Messages: Markdown text and attachments.

use serde::Serialize;

/// A message of a plugin. `"text".into()` makes one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Markdown.
    pub text: String,
    /// Boxes below the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The name to post under, where the host allows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The picture to post with, where the host allows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
    /// Further properties: a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub props_json: Option<String>,
}

/// A box below a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Plain text for clients that cannot show boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// `#rrggbb`, or `good`, `warning`, `danger`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Text above the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pretext: Option<String>,
    /// The author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// The link of the author's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_link: Option<String>,
    /// A small picture beside the author's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_icon: Option<String>,
    /// The heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The link of the heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_link: Option<String>,
    /// The body, Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A table of titles and values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// A picture below the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// A small picture beside the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
    /// A small line at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// A small picture beside the footer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer_icon: Option<String>,
    /// A time to show in the footer, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts_ms: Option<u64>,
}

/// One cell of an attachment's table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The heading of the cell.
    pub title: String,
    /// Markdown.
    pub value: String,
    /// Whether two such cells fit side by side.
    pub short: bool,
}

impl Message {
    /// Makes a message with this Markdown text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Adds a box.
    #[must_use]
    pub fn attachment(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Posts under this name, where the host allows that.
    #[must_use]
    pub fn username(mut self, name: impl Into<String>) -> Self {
        self.username = Some(name.into());
        self
    }

    /// Posts with this picture, where the host allows that.
    #[must_use]
    pub fn icon_url(mut self, url: impl Into<String>) -> Self {
        self.icon_url = Some(url.into());
        self
    }

    /// Sets further properties, a JSON object.
    #[must_use]
    pub fn props_json(mut self, json: impl Into<String>) -> Self {
        self.props_json = Some(json.into());
        self
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Attachment> for Message {
    fn from(attachment: Attachment) -> Self {
        Self::default().attachment(attachment)
    }
}

/// One chain method per text field, all of them alike.
macro_rules! setters {
    ($($(#[$doc:meta])+ $field:ident;)+) => {
        impl Attachment {
            $($(#[$doc])+
            #[must_use]
            pub fn $field(mut self, $field: impl Into<String>) -> Self {
                self.$field = Some($field.into());
                self
            })+
        }
    };
}

setters! {
    /// Plain text for clients that cannot show boxes.
    fallback;
    /// `#rrggbb`, or `good`, `warning`, `danger`.
    color;
    /// Text above the box.
    pretext;
    /// The link of the author's name.
    author_link;
    /// A small picture beside the author's name.
    author_icon;
    /// The heading.
    title;
    /// The link of the heading.
    title_link;
    /// The body, Markdown.
    text;
    /// A picture below the body.
    image_url;
    /// A small picture beside the body.
    thumb_url;
    /// A small line at the end.
    footer;
    /// A small picture beside the footer.
    footer_icon;
}

impl Attachment {
    /// The author.
    #[must_use]
    pub fn author(mut self, name: impl Into<String>) -> Self {
        self.author_name = Some(name.into());
        self
    }

    /// Adds a cell to the table; `short` ones stand side by side.
    #[must_use]
    pub fn field(mut self, title: impl Into<String>, value: impl Into<String>, short: bool) -> Self {
        self.fields.push(Field { title: title.into(), value: value.into(), short });
        self
    }

    /// A time to show in the footer, in Unix milliseconds.
    #[must_use]
    pub fn ts_ms(mut self, ms: u64) -> Self {
        self.ts_ms = Some(ms);
        self
    }
}
