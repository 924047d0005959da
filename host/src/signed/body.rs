//! What a notice or a group message says, read from a body as the wire has it. Pure: nothing is looked up.
//!
//! What the wire calls missing is what PHP calls empty: absent, null, "", "0", 0, false, an empty list.

use serde_json::{Map, Value};

use super::fault::Fault;
use crate::model::{ContentType, NoticeAction, NoticeDraft, NoticeSender, is_notice_url};

/// Buttons of one notice.
const MAX_ACTIONS: usize = 10;

/// Characters of a button's label, and of a sender's name.
const MAX_LABEL: usize = 64;

/// Characters of a title and a subtitle.
const MAX_TITLE: usize = 250;

/// Bytes of the content: what a text column of the original holds.
const MAX_CONTENT: usize = 65_535;

/// Bytes of a picture's address.
const MAX_PICTURE: usize = 2048;

/// Who is to hear it, as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Users {
    Numbers(Vec<Option<i64>>, Vec<Value>),
    Names(Vec<Option<String>>, Vec<Value>),
}

/// The fields of a body; what is no JSON object has none.
pub(super) fn fields(body: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Reads a notice's body: users, then sender, then title, in the wire's order.
pub(super) fn notice(
    fields: &Map<String, Value>,
    max_users: usize,
    is_direct: bool,
) -> Result<(Users, NoticeDraft), Fault> {
    let users = users(fields.get("users"), max_users)?;
    let sender = sender(fields.get("sender"), is_direct)?;
    Ok((users, said(fields, sender)?))
}

/// Reads a group message's body: gid, then sender, then title.
pub(super) fn group_message(
    fields: &Map<String, Value>,
    is_direct: bool,
) -> Result<(String, NoticeDraft), Fault> {
    let gid = fields.get("gid").filter(|gid| !is_empty(gid)).ok_or(Fault::NoGroup)?;
    let gid = text_of(gid).ok_or(Fault::UnknownGroup)?;
    let sender = sender(fields.get("sender"), is_direct)?;
    Ok((gid, said(fields, sender)?))
}

fn users(value: Option<&Value>, max_users: usize) -> Result<Users, Fault> {
    // Anything but a list would be a group to the original, and an unknown one of these everybody.
    let Some(Value::Array(list)) = value.filter(|value| !is_empty(value)) else {
        return Err(Fault::NoUsers);
    };
    if list.len() > max_users {
        return Err(Fault::TooManyUsers(max_users));
    }
    // The first one says what all of them are.
    Ok(if list.first().and_then(number_of).is_some() {
        Users::Numbers(list.iter().map(number_of).collect(), list.clone())
    } else {
        let name = |value: &Value| text_of(value).map(|name| name.to_lowercase());
        Users::Names(list.iter().map(name).collect(), list.clone())
    })
}

fn sender(value: Option<&Value>, is_direct: bool) -> Result<NoticeSender, Fault> {
    let value = value.filter(|value| !is_empty(value)).ok_or(Fault::NoSender)?;
    let sender = match value {
        Value::Object(fields) => {
            let field = |name: &str| fields.get(name).and_then(text_of).unwrap_or_default();
            let names = ["name", "displayName", "realname"].map(field);
            let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
            NoticeSender { id: field("id"), name, avatar: field("avatar") }
        }
        other => {
            let name = text_of(other).unwrap_or_default();
            NoticeSender { id: String::new(), name, avatar: String::new() }
        }
    };
    if is_direct && (!value.is_object() || sender.name.is_empty()) {
        return Err(Fault::NoSender);
    }
    if sender.name.chars().count() > MAX_LABEL {
        return Err(Fault::TooLong { field: "sender.name", limit: MAX_LABEL });
    }
    let is_web = sender.avatar.starts_with("https://") || sender.avatar.starts_with("http://");
    let avatar = if is_web && sender.avatar.len() <= MAX_PICTURE { sender.avatar } else { String::new() };
    let id =
        if sender.id.is_empty() { "robot1".to_owned() } else { sender.id.chars().take(MAX_LABEL).collect() };
    Ok(NoticeSender { id, name: plain_name("sender.name", sender.name)?, avatar })
}

fn said(fields: &Map<String, Value>, sender: NoticeSender) -> Result<NoticeDraft, Fault> {
    let title = fields.get("title").filter(|title| !is_empty(title)).ok_or(Fault::NoTitle)?;
    let title = text_of(title).ok_or(Fault::NotText("title"))?;
    let subtitle = text("subtitle", fields)?;
    let content = text("content", fields)?;
    for (field, text) in [("title", &title), ("subtitle", &subtitle)] {
        if text.chars().count() > MAX_TITLE {
            return Err(Fault::TooLong { field, limit: MAX_TITLE });
        }
    }
    if content.len() > MAX_CONTENT {
        return Err(Fault::TooLong { field: "content", limit: MAX_CONTENT });
    }
    if [&title, &subtitle, &content, &sender.name, &sender.id].iter().any(|text| text.contains('\0')) {
        return Err(Fault::Nul);
    }
    let content_type = match text("contentType", fields)?.as_str() {
        "" | "text" => ContentType::Text,
        "plain" => ContentType::Plain,
        _ => return Err(Fault::ContentType),
    };
    let url = text("url", fields)?;
    if !url.is_empty() {
        check_url("url", &url)?;
    }
    let actions = actions(fields.get("actions"))?;
    let source = String::new();
    Ok(NoticeDraft { title, subtitle, content, content_type, url, actions, sender, source })
}

fn actions(value: Option<&Value>) -> Result<Vec<NoticeAction>, Fault> {
    let list = match value {
        None => return Ok(Vec::new()),
        Some(value) if is_empty(value) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Fault::NotList("actions")),
    };
    if list.len() > MAX_ACTIONS {
        return Err(Fault::TooManyActions(MAX_ACTIONS));
    }
    list.iter().map(action).collect()
}

fn action(value: &Value) -> Result<NoticeAction, Fault> {
    let field = |name: &str| value.get(name).and_then(text_of).unwrap_or_default();
    let label = ["label", "lable"].map(field).into_iter().find(|label| !label.is_empty());
    let label = label.ok_or(Fault::NoLabel)?;
    if label.chars().count() > MAX_LABEL {
        return Err(Fault::TooLong { field: "actions[].label", limit: MAX_LABEL });
    }
    let url = field("url");
    check_url("actions[].url", &url)?;
    let short = |name: &str| field(name).chars().filter(|sign| *sign != '\0').take(MAX_LABEL).collect();
    let (icon, kind) = (short("icon"), short("type"));
    Ok(NoticeAction { label: plain_name("actions[].label", label)?, icon, url, kind })
}

/// A name is shown in many places, some of which others wrote: it holds no markup and nothing invisible.
fn plain_name(field: &'static str, name: String) -> Result<String, Fault> {
    if name.contains(|sign: char| sign == '<' || sign == '>' || sign.is_control()) {
        return Err(Fault::Markup(field));
    }
    Ok(name)
}

fn check_url(field: &'static str, url: &str) -> Result<(), Fault> {
    if is_notice_url(url) { Ok(()) } else { Err(Fault::Url(field)) }
}

/// A field that may be absent; numbers and truths are read as PHP writes them.
fn text(name: &'static str, fields: &Map<String, Value>) -> Result<String, Fault> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(value) => text_of(value).ok_or(Fault::NotText(name)),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("1".to_owned()),
        Value::Bool(false) => Some(String::new()),
        _ => None,
    }
}

/// A whole number, also written as a text.
fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// PHP's `empty`, as far as JSON goes; an empty object is not empty there.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0",
        Value::Array(list) => list.is_empty(),
        Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests;
