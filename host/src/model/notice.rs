//! A notice: something a program tells people, each of whom has it until they are done with it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{JobId, NoticeId, Timestamp, UserId};

/// The kinds of action that clients give a look of their own; every other kind looks like any button.
const ACTION_KINDS: [&str; 7] = ["primary", "success", "danger", "warning", "info", "important", "special"];

/// The look of an action of no known kind.
const DEFAULT_KIND: &str = "default";

/// Who sends a notice whose sender has no id.
const DEFAULT_SENDER: &str = "robot1";

/// What an address in a notice may begin with: pages, and the chat clients' own links.
const URL_SCHEMES: [&str; 3] = ["http://", "https://", "xxc:"];

/// Longest address in a notice, in bytes.
const MAX_URL: usize = 2048;

/// How the content is meant to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ContentType {
    /// Markdown.
    #[default]
    Text,
    /// Letter for letter.
    Plain,
}

/// A button under a notice that opens an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeAction {
    pub label: String,
    pub icon: String,
    pub url: String,
    /// As the sender wrote it; see [`NoticeAction::look`].
    pub kind: String,
}

/// Whom a notice is shown to be from. No account need have this id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NoticeSender {
    pub id: String,
    pub name: String,
    pub avatar: String,
}

/// What a sender wants to say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, sqlx::FromRow)]
pub struct NoticeDraft {
    pub title: String,
    pub subtitle: String,
    pub content: String,
    pub content_type: ContentType,
    /// The page it points to; empty for none.
    pub url: String,
    #[sqlx(json)]
    pub actions: Vec<NoticeAction>,
    #[sqlx(json)]
    pub sender: NoticeSender,
    /// Which door it came in by, e.g. an application's code: for people who wonder.
    pub source: String,
}

/// A notice as one recipient has it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Notice {
    pub id: NoticeId,
    #[sqlx(flatten)]
    pub draft: NoticeDraft,
    pub create_at: Timestamp,
    /// Never, while it is unread.
    pub read_at: Timestamp,
    /// When a client of theirs said that it has it; never, while it waits to be delivered.
    pub acknowledged_at: Timestamp,
}

/// A notice about to be written, with one row per recipient.
#[derive(Debug, Clone)]
pub struct NewNotice {
    pub id: NoticeId,
    pub draft: NoticeDraft,
    /// Each once, with the id of the mail that a recipient who wants mails may get.
    pub recipients: Vec<(UserId, JobId)>,
    pub create_at: Timestamp,
    /// When the next hourly and the next daily digest are due; none while no mail is sent at all.
    pub digests: Option<(Timestamp, Timestamp)>,
}

/// Whether somebody also wants notices by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MailChoice {
    #[default]
    Off,
    /// One mail per notice, at once.
    Now,
    /// One mail an hour, if there was anything.
    Hourly,
    /// One mail a day, if there was anything.
    Daily,
}

/// Whether an address may stand in a notice: clients open it when somebody clicks.
pub fn is_notice_url(url: &str) -> bool {
    let starts =
        |scheme: &&str| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    url.len() <= MAX_URL
        && URL_SCHEMES.iter().any(starts)
        && !url.chars().any(|letter| letter.is_control() || letter.is_whitespace())
}

// === impl NoticeAction ===

impl NoticeAction {
    /// The kind as clients know it.
    pub fn look(&self) -> &str {
        if ACTION_KINDS.contains(&self.kind.as_str()) { &self.kind } else { DEFAULT_KIND }
    }
}

// === impl Notice ===

impl Notice {
    /// The object that the API answers and that sockets are told.
    pub fn wire(&self) -> Value {
        let Self { id, draft, .. } = self;
        let actions: Vec<Value> = draft
            .actions
            .iter()
            .map(|one| json!({"label": one.label, "icon": one.icon, "url": one.url, "type": one.look()}))
            .collect();
        let sender = &draft.sender;
        let sender_id = if sender.id.is_empty() { DEFAULT_SENDER } else { &sender.id };
        json!({
            "id": id, "title": draft.title, "subtitle": draft.subtitle, "content": draft.content,
            "content_type": draft.content_type, "url": draft.url, "actions": actions,
            "sender": {"id": sender_id, "name": sender.name, "avatar": sender.avatar}, "source": draft.source,
            "create_at": self.create_at, "read_at": self.read_at, "acknowledged_at": self.acknowledged_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_page_or_a_link_of_the_clients() {
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
    fn an_unknown_kind_of_action_looks_like_any() {
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
