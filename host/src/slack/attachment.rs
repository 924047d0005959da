//! The attachments of a message.

use const_format::formatcp;
use serde_json::{Map, Value};

use super::fields::{ReadError, find, objects, text_of};
use crate::model::{
    Attachment, AttachmentField, MAX_ATTACHMENT, MAX_ATTACHMENT_ACTIONS, MAX_ATTACHMENT_FIELDS,
    MAX_ATTACHMENTS,
};
use crate::secret::random_id;

/// Returns the attachments of a message, none if it has no such list.
pub fn attachments(fields: &Map<String, Value>) -> Result<Vec<Attachment>, ReadError> {
    let list = objects(fields, "attachments", MAX_ATTACHMENTS)?.unwrap_or_default();
    list.into_iter().map(attachment).map(fitting).collect()
}

/// Refuses an attachment that is too large even without its text.
fn fitting(attachment: Result<Attachment, ReadError>) -> Result<Attachment, ReadError> {
    let mut attachment = attachment?;
    let text = std::mem::take(&mut attachment.text);
    if attachment.size() > MAX_ATTACHMENT {
        let expected =
            formatcp!("a list of attachments of at most {MAX_ATTACHMENT} bytes each, besides `text`");
        return Err(ReadError::Field { field: "attachments".to_owned(), expected });
    }
    attachment.text = text;
    Ok(attachment)
}

fn attachment(fields: &Map<String, Value>) -> Result<Attachment, ReadError> {
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
        ts: find(fields, "ts").cloned().unwrap_or_default(),
        actions: objects(fields, "actions", MAX_ATTACHMENT_ACTIONS)?
            .unwrap_or_default()
            .into_iter()
            .map(action)
            .collect::<Result<_, _>>()?,
    })
}

fn field(fields: &Map<String, Value>) -> Result<AttachmentField, ReadError> {
    let short = match fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("short")).map(|(_, value)| value)
    {
        None => Ok(false),
        Some(Value::Bool(short)) => Ok(*short),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(ReadError::Field { field: "short".to_owned(), expected: "true or false" }),
    }?;
    let value = match find(fields, "value") {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    Ok(AttachmentField { title: text_of(fields, "title")?, value, short })
}

/// Returns a button or a menu with an id. Clients name it by its id when a user clicks it.
fn action(fields: &Map<String, Value>) -> Result<Value, ReadError> {
    let mut action = fields.clone();
    if text_of(fields, "id")?.is_empty() {
        action.insert("id".to_owned(), random_id().into());
    }
    Ok(Value::Object(action))
}
