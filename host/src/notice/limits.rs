//! The limits of a notice. Everything that a client shows or opens is limited here, whichever API the notice came
//! from.

use super::NoticeError;
use crate::model::{NoticeAction, NoticeDraft, is_notice_url};

/// Longest title, subtitle and sender's name, in characters.
pub const MAX_TITLE: usize = 250;

/// Longest content, in bytes.
pub const MAX_CONTENT: usize = 65_535;

/// Most actions of one notice.
pub const MAX_ACTIONS: usize = 10;

/// Longest label of an action, in characters.
pub const MAX_LABEL: usize = 64;

/// Longest id, kind or source, in characters.
pub const MAX_SHORT: usize = 64;

/// Longest name or address of a picture, in characters.
pub const MAX_PICTURE: usize = 2048;

const URL: &str = "an address that begins with `http://`, `https://` or `xxc:`, without spaces";

pub(super) fn check(draft: &NoticeDraft) -> Result<(), NoticeError> {
    if draft.title.trim().is_empty() {
        return invalid("title", "it must not be empty");
    }
    within("title", &draft.title, MAX_TITLE)?;
    within("subtitle", &draft.subtitle, MAX_TITLE)?;
    if draft.content.len() > MAX_CONTENT {
        return invalid("content", format!("it may have at most {MAX_CONTENT} bytes"));
    }
    within("content", &draft.content, MAX_CONTENT)?;
    within("source", &draft.source, MAX_SHORT)?;
    if !draft.url.is_empty() && !is_notice_url(&draft.url) {
        return invalid("url", format!("it must be {URL}"));
    }
    within("sender", &draft.sender.id, MAX_SHORT)?;
    within("sender", &draft.sender.name, MAX_TITLE)?;
    within("sender", &draft.sender.avatar, MAX_PICTURE)?;
    if draft.actions.len() > MAX_ACTIONS {
        return invalid("actions", format!("a notice may have at most {MAX_ACTIONS}"));
    }
    draft.actions.iter().try_for_each(action)
}

fn action(action: &NoticeAction) -> Result<(), NoticeError> {
    if action.label.trim().is_empty() {
        return invalid("actions", "each must have a label");
    }
    if !is_notice_url(&action.url) {
        return invalid("actions", format!("each must have {URL}"));
    }
    within("actions", &action.label, MAX_LABEL)?;
    within("actions", &action.kind, MAX_SHORT)?;
    within("actions", &action.icon, MAX_PICTURE)
}

fn within(field: &'static str, text: &str, most: usize) -> Result<(), NoticeError> {
    if text.chars().count() > most {
        return invalid(field, format!("it may have at most {most} characters"));
    }
    Ok(())
}

fn invalid(field: &'static str, reason: impl Into<String>) -> Result<(), NoticeError> {
    Err(NoticeError::Invalid { field, reason: reason.into() })
}
