//! Slack-style attachments of a payload.

use const_format::formatcp;
use serde_json::{Map, Value};

use super::PayloadError;
use super::json::{find, objects, text_of};
use crate::model::{Attachment, AttachmentField, MAX_ATTACHMENT, MAX_ATTACHMENT_FIELDS, MAX_ATTACHMENTS};

/// Returns the attachments, or None if the payload has no such list.
pub(super) fn attachments(fields: &Map<String, Value>) -> Result<Option<Vec<Attachment>>, PayloadError> {
    let Some(list) = objects(fields, "attachments", MAX_ATTACHMENTS)? else { return Ok(None) };
    list.into_iter().map(attachment).map(fitting).collect::<Result<_, _>>().map(Some)
}

/// Refuses an attachment that is too large even without its text.
fn fitting(attachment: Result<Attachment, PayloadError>) -> Result<Attachment, PayloadError> {
    let mut attachment = attachment?;
    let text = std::mem::take(&mut attachment.text);
    if attachment.size() > MAX_ATTACHMENT {
        let expected =
            formatcp!("a list of attachments of at most {MAX_ATTACHMENT} bytes each, besides `text`");
        return Err(PayloadError::Field { field: "attachments".to_owned(), expected });
    }
    attachment.text = text;
    Ok(attachment)
}

fn attachment(fields: &Map<String, Value>) -> Result<Attachment, PayloadError> {
    let get = |name| text_of(fields, name);
    Ok(Attachment {
        id: find(fields, "id").and_then(Value::as_i64).unwrap_or_default(),
        fallback: get("fallback")?,
        color: get("color")?,
        pretext: get("pretext")?,
        author_name: get("author_name")?,
        author_link: get("author_link")?,
        author_icon: get("author_icon")?,
        title: get("title")?,
        title_link: get("title_link")?,
        text: get("text")?,
        fields: objects(fields, "fields", MAX_ATTACHMENT_FIELDS)?
            .unwrap_or_default()
            .into_iter()
            .map(field)
            .collect::<Result<_, _>>()?,
        image_url: get("image_url")?,
        thumb_url: get("thumb_url")?,
        footer: get("footer")?,
        footer_icon: get("footer_icon")?,
        ts: find(fields, "ts").and_then(timestamp),
    })
}

fn field(fields: &Map<String, Value>) -> Result<AttachmentField, PayloadError> {
    let short = match fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("short")).map(|(_, value)| value)
    {
        None => Ok(false),
        Some(Value::Bool(short)) => Ok(*short),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(PayloadError::Field { field: "short".to_owned(), expected: "true or false" }),
    }?;
    let value = match find(fields, "value") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Ok(AttachmentField { title: text_of(fields, "title")?, value, short })
}

/// Returns the whole seconds of a number or a text. Slack's timestamps have a fraction.
fn timestamp(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse().ok().filter(|_| fraction.bytes().all(|byte| byte.is_ascii_digit()))
}
