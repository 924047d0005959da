//! Reading a Slack-style payload as Mattermost does: the content type, then the fields of a JSON object.

mod reply;
#[cfg(test)]
mod tests;

use const_format::formatcp;
use serde_json::{Map, Value};

pub(super) use self::reply::{HookReply, reply};
use super::HookRequest;
use crate::model::{
    EmojiIcon, MAX_ICON_URL, MAX_KIND, MAX_MESSAGE_PROPS, Message, PRIORITIES, PostKind, Props,
};
use crate::multipart::{self, FormError};
use crate::slack::{ReadError, attachments, find, object, text_of, without_nul};

/// Longest name in a payload, in characters. The rest is cut: no channel has so long a name, and a display name repeats
/// in every part of a split text.
const MAX_NAME: usize = 128;

/// A decoded payload.
#[derive(Debug)]
pub(super) struct PayloadContent {
    pub(super) message: Message,
    /// The channel it names. Empty means the hook's own channel.
    pub(super) channel: String,
}

/// The parts of a multipart form that are texts of a payload, as Mattermost names them and as its JSON does.
const FORM_FIELDS: [(&str, &str); 9] = [
    ("text", "text"),
    ("username", "username"),
    ("channel", "channel"),
    ("channelname", "channel"),
    ("icon_url", "icon_url"),
    ("iconurl", "icon_url"),
    ("icon_emoji", "icon_emoji"),
    ("iconemoji", "icon_emoji"),
    ("type", "type"),
];

/// Why a body is not a valid payload.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    #[error("the header Content-Type is `{0}`; send `application/json`, or the type of a form")]
    ContentType(String),
    #[error(
        "the form has no field `payload`; send the JSON in it, or send JSON with Content-Type application/json"
    )]
    NoPayloadField,
    #[error("the form cannot be read: {0}")]
    Form(#[from] FormError),
    #[error("the form has an unknown part `{0}`; send `payload`, or `text` and other texts of a payload")]
    UnknownPart(String),
    #[error("types that begin with `system_` are the server's own; send another `type`, or none")]
    SystemKind,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the payload has neither `text` nor `attachments`; send one of them")]
    NoText,
}

pub(super) fn decode(request: &HookRequest) -> Result<PayloadContent, PayloadError> {
    let fields = match media_type(request)?.as_str() {
        "application/x-www-form-urlencoded" => object(&form_payload(request)?)?,
        "multipart/form-data" => multipart_fields(request)?,
        _ => object(&request.body)?,
    };
    let message = Message {
        text: text_of(&fields, "text")?,
        attachments: attachments(&fields)?,
        username: Some(cut(text_of(&fields, "username")?)).filter(|name| !name.is_empty()),
        icon_url: Some(icon_url(&fields)?).filter(|url| !url.is_empty()),
        icon_emoji: icon_emoji(&fields)?,
        kind: kind(&fields)?,
        priority: priority(&fields)?,
        props: props(&fields)?,
    };
    if message.is_empty() {
        return Err(PayloadError::NoText);
    }
    Ok(PayloadContent { message, channel: cut(text_of(&fields, "channel")?) })
}

/// Cuts a name after [`MAX_NAME`] characters.
fn cut(name: String) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => name[..end].to_owned(),
        None => name,
    }
}

/// Returns the media type in lower case, without parameters; empty if there is none.
fn media_type(request: &HookRequest) -> Result<String, PayloadError> {
    let header = request.header("content-type").unwrap_or_default();
    let essence = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.contains(char::is_whitespace) {
        return Err(PayloadError::ContentType(header.chars().take(120).collect()));
    }
    Ok(essence)
}

/// Returns the form field `payload` of the body, else of the query.
fn form_payload(request: &HookRequest) -> Result<Vec<u8>, PayloadError> {
    [request.body.as_slice(), request.query.as_bytes()]
        .into_iter()
        .flat_map(form_urlencoded::parse)
        .find(|(name, _)| name == "payload")
        .map(|(_, value)| value.into_owned().into_bytes())
        .ok_or(PayloadError::NoPayloadField)
}

/// Returns the fields of a multipart form: those of the JSON in its part `payload`, or one text per part.
fn multipart_fields(request: &HookRequest) -> Result<Map<String, Value>, PayloadError> {
    let parts = multipart::parts(request.header("content-type").unwrap_or_default(), &request.body)?;
    if let Some((_, payload)) = parts.iter().find(|(part, _)| part.name == "payload") {
        return Ok(object(payload)?);
    }
    parts.into_iter().map(|(part, data)| form_field(&part.name, &data)).collect()
}

fn form_field(part: &str, data: &[u8]) -> Result<(String, Value), PayloadError> {
    let known = FORM_FIELDS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(part));
    let (_, field) = known.ok_or_else(|| PayloadError::UnknownPart(part.chars().take(40).collect()))?;
    let text = String::from_utf8_lossy(data).into_owned();
    Ok((field.to_owned(), without_nul(Value::String(text))))
}

fn icon_url(fields: &Map<String, Value>) -> Result<String, PayloadError> {
    let url = text_of(fields, "icon_url")?;
    if url.len() > MAX_ICON_URL {
        let expected = "an address of at most 1024 bytes";
        return Err(field("icon_url", expected));
    }
    Ok(url)
}

/// Returns the emoji in place of a picture, with its picture still to be found.
fn icon_emoji(fields: &Map<String, Value>) -> Result<Option<EmojiIcon>, PayloadError> {
    let sent = cut(text_of(fields, "icon_emoji")?);
    Ok((!sent.is_empty()).then_some(EmojiIcon { sent, picture: None }))
}

fn kind(fields: &Map<String, Value>) -> Result<PostKind, PayloadError> {
    let kind = PostKind::custom(text_of(fields, "type")?);
    if kind.is_system() {
        return Err(PayloadError::SystemKind);
    }
    if !kind.is_allowed() {
        let expected = formatcp!(
            "empty, `me`, `slack_attachment`, or `custom_` and what it is, at most {MAX_KIND} bytes"
        );
        return Err(field("type", expected));
    }
    Ok(kind)
}

/// Returns the priority of the message. Its other fields are not read: the server has no acknowledgements.
fn priority(fields: &Map<String, Value>) -> Result<String, PayloadError> {
    let Some(priority) = find(fields, "priority") else { return Ok(String::new()) };
    let name = priority.as_object().and_then(|priority| find(priority, "priority")).and_then(Value::as_str);
    let known = name.filter(|name| PRIORITIES.contains(name));
    let expected = "an object with a text `priority`: `urgent`, `important`, `standard` or empty";
    known.map(str::to_owned).ok_or_else(|| field("priority", expected))
}

fn field(field: &str, expected: &'static str) -> PayloadError {
    ReadError::Field { field: field.to_owned(), expected }.into()
}

fn props(fields: &Map<String, Value>) -> Result<Map<String, Value>, PayloadError> {
    match find(fields, "props") {
        None => Ok(Map::new()),
        Some(Value::Object(props)) if Props::from(props.clone()).as_str().len() <= MAX_MESSAGE_PROPS => {
            Ok(props.clone())
        }
        Some(_) => {
            let expected = formatcp!("an object of at most {MAX_MESSAGE_PROPS} bytes");
            Err(field("props", expected))
        }
    }
}
