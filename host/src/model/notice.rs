//! A notice: a message from a program to users. Each recipient has a copy until they remove it or it expires.

use serde::{Deserialize, Serialize};

use super::{JobId, NoticeId, Timestamp, UserId, has_scheme};

/// The kinds of action that clients style; all others look like a default button.
const ACTION_KINDS: [&str; 7] = ["primary", "success", "danger", "warning", "info", "important", "special"];

/// The kind that clients receive for an action of an unknown kind.
const DEFAULT_KIND: &str = "default";

/// The sender id of a notice whose sender has none.
const DEFAULT_SENDER: &str = "robot1";

/// Schemes allowed in a notice's addresses: web pages, and the chat clients' own links.
const URL_SCHEMES: [&str; 3] = ["http://", "https://", "xxc:"];

/// Longest address in a notice, in bytes.
const MAX_URL: usize = 2048;

/// How clients show the content.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ContentType {
    /// The content is Markdown.
    #[default]
    Text,
    /// The content is shown as it is, without markup.
    Plain,
}

/// A button under a notice that opens an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeAction {
    pub label: String,
    pub icon: String,
    pub url: String,
    /// The kind as the sender wrote it; see [`NoticeAction::look`].
    pub kind: String,
}

/// The sender that clients show. No account need have this id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoticeSender {
    pub id: String,
    pub name: String,
    pub avatar: String,
}

/// The content of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, sqlx::FromRow)]
pub struct NoticeDraft {
    pub title: String,
    pub subtitle: String,
    pub content: String,
    pub content_type: ContentType,
    /// The page that the notice links to; empty for none.
    pub url: String,
    #[sqlx(json)]
    pub actions: Vec<NoticeAction>,
    #[sqlx(json)]
    pub sender: NoticeSender,
    /// Where the notice came from, shown to readers: for example an application's code.
    pub source: String,
}

/// A notice as one recipient has it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Notice {
    pub id: NoticeId,
    #[sqlx(flatten)]
    pub draft: NoticeDraft,
    pub create_at: Timestamp,
    /// `NEVER` while it is unread.
    pub read_at: Timestamp,
    /// When a client acknowledged it; `NEVER` until then.
    pub acknowledged_at: Timestamp,
}

/// A notice as clients receive it: in responses of the own API, and in events of the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NoticeResponse {
    pub id: NoticeId,
    pub title: String,
    pub subtitle: String,
    pub content: String,
    pub content_type: ContentType,
    /// The page it points to; empty for none.
    pub url: String,
    pub actions: Vec<NoticeActionResponse>,
    pub sender: NoticeSender,
    /// How it entered the server, for example the code of an application.
    pub source: String,
    pub create_at: Timestamp,
    /// 0 while it is unread.
    pub read_at: Timestamp,
    /// When a client acknowledged it; 0 while it waits to be delivered.
    pub acknowledged_at: Timestamp,
}

/// A button below a notice that opens an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NoticeActionResponse {
    pub label: String,
    pub icon: String,
    pub url: String,
    /// How the button looks: one of the known kinds, or `default`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A notice about to be written, with one row per recipient.
#[derive(Debug, Clone)]
pub struct NewNotice {
    pub id: NoticeId,
    pub draft: NoticeDraft,
    /// The recipients, each once, with an id for the mail that they get if they chose mails.
    pub recipients: Vec<(UserId, JobId)>,
    pub create_at: Timestamp,
    /// When the next hourly and the next daily digest are due; None if the server sends no mail.
    pub digests: Option<(Timestamp, Timestamp)>,
}

/// Whether a user also wants notices by mail.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailChoice {
    #[default]
    Off,
    /// One mail per notice, sent at once.
    Now,
    /// One mail an hour, if there are notices.
    Hourly,
    /// One mail a day, if there are notices.
    Daily,
}

/// Whether a notice may contain this address, which a click opens.
pub fn is_notice_url(url: &str) -> bool {
    url.len() <= MAX_URL
        && has_scheme(url, &URL_SCHEMES)
        && !url.chars().any(|letter| letter.is_control() || letter.is_whitespace())
}

// === impl NoticeAction ===

impl NoticeAction {
    /// Returns the kind that clients receive.
    pub fn look(&self) -> &str {
        if ACTION_KINDS.contains(&self.kind.as_str()) { &self.kind } else { DEFAULT_KIND }
    }
}

// === impl Notice ===

impl Notice {
    /// Returns the notice as clients receive it.
    pub fn response(&self) -> NoticeResponse {
        let draft = self.draft.clone();
        let action = |action: NoticeAction| NoticeActionResponse {
            kind: action.look().to_owned(),
            label: action.label,
            icon: action.icon,
            url: action.url,
        };
        let mut sender = draft.sender;
        if sender.id.is_empty() {
            DEFAULT_SENDER.clone_into(&mut sender.id);
        }
        NoticeResponse {
            id: self.id.clone(),
            title: draft.title,
            subtitle: draft.subtitle,
            content: draft.content,
            content_type: draft.content_type,
            url: draft.url,
            actions: draft.actions.into_iter().map(action).collect(),
            sender,
            source: draft.source,
            create_at: self.create_at,
            read_at: self.read_at,
            acknowledged_at: self.acknowledged_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_web_page_or_a_chat_client_link() {
        for url in ["http://a", "HTTPS://example.org/x?y=1#z", "xxc:openUrl/encode/x"] {
            assert!(is_notice_url(url), "{url}");
        }
        let long = format!("https://example.org/{}", "a".repeat(MAX_URL));
        for url in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "//a",
            "/a",
            "http://a b",
            "https://a\n",
            &long,
            "é",
        ] {
            assert!(!is_notice_url(url), "{url}");
        }
    }

    #[test]
    fn an_unknown_kind_of_action_looks_like_the_default() {
        let action = |kind: &str| NoticeAction {
            label: String::new(),
            icon: String::new(),
            url: String::new(),
            kind: kind.to_owned(),
        };
        assert_eq!(action("danger").look(), "danger");
        assert_eq!((action("normal").look(), action("").look()), ("default", "default"));
    }
}
