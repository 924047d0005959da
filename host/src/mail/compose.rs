//! What a mail says: one notice in full, or several in short.

use serde_json::{Value, json};

use super::Mailing;
use crate::egress::mail::Letter;
use crate::model::{ClaimedMail, MailChoice, MailKind, Notice, User};
use crate::store::StoreError;

/// Notices a digest tells; of more it says that there are more.
const MAX_IN_DIGEST: usize = 50;

/// Characters of each notice's content in a digest.
const MAX_CONTENT: usize = 500;

/// Why a mail could not be written.
#[derive(Debug)]
pub(super) enum Unwritten {
    Store(StoreError),
    Template(String),
}

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Mailing {
    /// The mail; none when nothing is left to say or nobody to say it to.
    pub(super) async fn letter(&self, mail: &ClaimedMail) -> Result<Option<Letter>, Unwritten> {
        let Some(reader) = self.store.user(&mail.user_id).await? else { return Ok(None) };
        let wanted = self.store.mail_choice(&mail.user_id).await? != MailChoice::Off;
        if !wanted || !reader.delete_at.is_never() || reader.email.is_empty() {
            return Ok(None);
        }
        let most = i64::try_from(MAX_IN_DIGEST).unwrap_or(i64::MAX).saturating_add(1);
        // Who has read it needs no reminder; one notice is told whatever happened meanwhile.
        let unread = mail.kind == MailKind::Digest;
        let mut notices = self.store.mail_notices(&mail.id, &mail.user_id, unread, most).await?;
        let more = notices.len() > MAX_IN_DIGEST;
        notices.truncate(MAX_IN_DIGEST);
        let Some(first) = notices.first() else { return Ok(None) };
        let (template, subject) = match mail.kind {
            MailKind::Notice => ("notice", first.draft.title.clone()),
            MailKind::Digest => ("digest", digest_subject(first, notices.len(), more)),
        };
        let data = data(mail.kind, &reader, &notices, more, &self.site_url);
        let (html, text) = self.templates.render(template, &data).map_err(Unwritten::Template)?;
        Ok(Some(Letter {
            id: mail.id.to_string(),
            to_name: reader.display_name(),
            to_address: reader.email,
            subject,
            text,
            html,
            date: self.clock.now(),
        }))
    }
}

fn digest_subject(first: &Notice, count: usize, more: bool) -> String {
    match (count, more) {
        (1, _) => first.draft.title.clone(),
        (count, false) => format!("{count} notices"),
        (count, true) => format!("More than {count} notices"),
    }
}

fn data(kind: MailKind, reader: &User, notices: &[Notice], more: bool, site_url: &str) -> Value {
    let notices: Vec<Value> = notices.iter().map(|notice| one(kind, notice)).collect();
    json!({"reader": reader.display_name(), "site_url": site_url, "more": more, "notices": notices})
}

fn one(kind: MailKind, notice: &Notice) -> Value {
    let draft = &notice.draft;
    let content = match kind {
        MailKind::Notice => draft.content.clone(),
        MailKind::Digest => shortened(&draft.content),
    };
    let page = Some(("View details", draft.url.as_str()));
    let actions = draft.actions.iter().map(|action| (action.label.as_str(), action.url.as_str()));
    // Links of the chat clients lead nowhere from a mail.
    let links: Vec<Value> = page
        .into_iter()
        .chain(actions)
        .filter(|(_, url)| is_page(url))
        .map(|(label, url)| json!({"label": label, "url": url}))
        .collect();
    json!({
        "title": draft.title, "subtitle": draft.subtitle, "content": content, "links": links,
        "url": if is_page(&draft.url) { draft.url.as_str() } else { "" }, "sender": draft.sender.name,
        "at": notice.create_at.to_string(),
    })
}

fn is_page(url: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CONTENT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
