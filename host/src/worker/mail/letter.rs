//! The content of a mail: one notice in full, or several in short.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Mailer;
use crate::egress::mail::Letter;
use crate::model::{
    ClaimedJob, MailChoice, MailJob, MailKind, Notice, TokenPurpose, User, UserId, is_web_link,
};
use crate::store::StoreError;

/// Most notices in a digest. If there are more, the digest says so.
const MAX_IN_DIGEST: usize = 50;

/// Most characters of each notice's content in a digest.
const MAX_CONTENT: usize = 500;

/// How many notices a mail has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bundle {
    One,
    Several,
}

/// Why a mail was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum LetterError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Every attempt would fail the same way. The text is a sentence that says why.
    #[error("{0}")]
    Unwritable(String),
}

impl Mailer {
    /// Returns the mail, or None if there is nothing to send or the recipient gets no mails.
    pub(super) async fn letter(&self, job: &ClaimedJob) -> Result<Option<Letter>, LetterError> {
        let (reader_id, kind) = read(job).map_err(LetterError::Unwritable)?;
        let Some(reader) = self.store.user(&reader_id).await? else { return Ok(None) };
        let kind = match kind {
            MailKind::Password => return self.token_letter(job, reader, TokenPurpose::Password).await,
            MailKind::Verification => {
                return self.token_letter(job, reader, TokenPurpose::Verification).await;
            }
            MailKind::Invitation => return self.invitation_letter(job, reader).await,
            MailKind::Notice => Bundle::One,
            MailKind::Digest => Bundle::Several,
        };
        let wants_mail = self.store.mails().choice(&reader_id).await? != MailChoice::Off;
        if !wants_mail || !reader.delete_at.is_never() || reader.email.is_empty() {
            return Ok(None);
        }
        let most = i64::try_from(MAX_IN_DIGEST).unwrap_or(i64::MAX).saturating_add(1);
        // A digest leaves out notices that were read meanwhile; a single notice is always sent.
        let unread_only = kind == Bundle::Several;
        let mut notices = self.store.mails().notices(&job.id, &reader_id, unread_only, most).await?;
        let more = notices.len() > MAX_IN_DIGEST;
        notices.truncate(MAX_IN_DIGEST);
        let Some(first) = notices.first() else { return Ok(None) };
        let (template, subject) = match kind {
            Bundle::One => ("notice", first.draft.title.clone()),
            Bundle::Several => ("digest", digest_subject(first, notices.len(), more)),
        };
        let data = data(kind, &reader, &notices, more, &self.site_url);
        let (html, text) = self.templates.render(template, &data).map_err(LetterError::Unwritable)?;
        Ok(Some(Letter {
            id: job.id.to_string(),
            to_name: reader.display_name(),
            to_address: reader.email,
            subject,
            text,
            html,
            date: self.clock.now(),
        }))
    }
}

/// Returns the mail's recipient and kind.
fn read(job: &ClaimedJob) -> Result<(UserId, MailKind), String> {
    let reader = job.subject.parse().map_err(|error| format!("the job's subject is no user: {error}"))?;
    let MailJob { kind } = MailJob::deserialize(&job.payload)
        .map_err(|error| format!("the job's payload is not valid: {error}"))?;
    Ok((reader, kind))
}

fn digest_subject(first: &Notice, count: usize, more: bool) -> String {
    match (count, more) {
        (1, _) => first.draft.title.clone(),
        (count, false) => format!("{count} notices"),
        (count, true) => format!("More than {count} notices"),
    }
}

fn data(kind: Bundle, reader: &User, notices: &[Notice], more: bool, site_url: &str) -> Value {
    let notices: Vec<Value> = notices.iter().map(|notice| one(kind, notice)).collect();
    json!({"reader": reader.display_name(), "site_url": site_url, "more": more, "notices": notices})
}

fn one(kind: Bundle, notice: &Notice) -> Value {
    let draft = &notice.draft;
    let content = match kind {
        Bundle::One => draft.content.clone(),
        Bundle::Several => shortened(&draft.content),
    };
    let page = ("View details", draft.url.as_str());
    let actions = draft.actions.iter().map(|action| (action.label.as_str(), action.url.as_str()));
    // The chat clients' own links do not work in a mail.
    let links: Vec<Value> = std::iter::once(page)
        .chain(actions)
        .filter(|(_, url)| is_web_link(url))
        .map(|(label, url)| json!({"label": label, "url": url}))
        .collect();
    json!({
        "title": draft.title, "subtitle": draft.subtitle, "content": content, "links": links,
        "url": if is_web_link(&draft.url) { draft.url.as_str() } else { "" }, "sender": draft.sender.name,
        "at": notice.create_at.to_string(),
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CONTENT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
