//! Parses the body of a notice or a group message. Pure: nothing is looked up.
//!
//! A field counts as missing if PHP calls it empty: absent, null, "", "0", 0, false, an empty list.

use serde_json::{Map, Value};

use super::rejection::Rejection;
use crate::json;
use crate::model::{ContentType, NoticeAction, NoticeDraft, NoticeSender, is_notice_url, is_web_link};
use crate::notice::limits;

/// Longest name of a sender, in characters. Clients of this API display it like a label.
const MAX_SENDER_NAME: usize = limits::MAX_LABEL;

/// The recipients, as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Users {
    Numbers(Vec<Option<i64>>, Vec<Value>),
    Names(Vec<Option<String>>, Vec<Value>),
}

/// Returns the fields of a body. A body that is not a JSON object has none. No text in them holds NUL.
pub(super) fn fields(body: &[u8]) -> Result<Map<String, Value>, Rejection> {
    match json::first(body) {
        Ok(body) if json::holds_nul(&body) => Err(Rejection::Nul),
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// Parses a notice: users, then sender, then title, the order in which clients expect errors.
pub(super) fn notice(
    fields: &Map<String, Value>,
    max_users: usize,
    is_direct: bool,
) -> Result<(Users, NoticeDraft), Rejection> {
    let users = users(fields.get("users"), max_users)?;
    let sender = sender(fields.get("sender"), is_direct)?;
    Ok((users, draft(fields, sender)?))
}

/// Parses a group message: gid, then sender, then title.
pub(super) fn group_message(
    fields: &Map<String, Value>,
    is_direct: bool,
) -> Result<(String, NoticeDraft), Rejection> {
    let gid = fields.get("gid").filter(|gid| !is_empty(gid)).ok_or(Rejection::NoGroup)?;
    let gid = text_of(gid).ok_or(Rejection::UnknownGroup)?;
    let sender = sender(fields.get("sender"), is_direct)?;
    Ok((gid, draft(fields, sender)?))
}

fn users(value: Option<&Value>, max_users: usize) -> Result<Users, Rejection> {
    // The original server takes anything but a list as a group, and an unknown group as all users.
    let Some(Value::Array(list)) = value.filter(|value| !is_empty(value)) else {
        return Err(Rejection::NoUsers);
    };
    if list.len() > max_users {
        return Err(Rejection::TooManyUsers(max_users));
    }
    // The first entry decides whether the list holds numbers or names.
    Ok(if list.first().and_then(number_of).is_some() {
        Users::Numbers(list.iter().map(number_of).collect(), list.clone())
    } else {
        let name = |value: &Value| text_of(value).map(|name| name.to_lowercase());
        Users::Names(list.iter().map(name).collect(), list.clone())
    })
}

fn sender(value: Option<&Value>, is_direct: bool) -> Result<NoticeSender, Rejection> {
    let value = value.filter(|value| !is_empty(value)).ok_or(Rejection::NoSender)?;
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
        return Err(Rejection::NoSender);
    }
    if sender.name.chars().count() > MAX_SENDER_NAME {
        return Err(Rejection::TooLong { field: "sender.name", limit: MAX_SENDER_NAME });
    }
    let avatar = if is_web_link(&sender.avatar) && sender.avatar.len() <= limits::MAX_PICTURE {
        sender.avatar
    } else {
        String::new()
    };
    let id = if sender.id.is_empty() {
        "robot1".to_owned()
    } else {
        sender.id.chars().take(limits::MAX_SHORT).collect()
    };
    Ok(NoticeSender { id, name: plain_name("sender.name", sender.name)?, avatar })
}

fn draft(fields: &Map<String, Value>, sender: NoticeSender) -> Result<NoticeDraft, Rejection> {
    let title = fields.get("title").filter(|title| !is_empty(title)).ok_or(Rejection::NoTitle)?;
    let title = text_of(title).ok_or(Rejection::NotText("title"))?;
    let subtitle = text("subtitle", fields)?;
    let content = text("content", fields)?;
    for (field, text) in [("title", &title), ("subtitle", &subtitle)] {
        if text.chars().count() > limits::MAX_TITLE {
            return Err(Rejection::TooLong { field, limit: limits::MAX_TITLE });
        }
    }
    if content.len() > limits::MAX_CONTENT {
        return Err(Rejection::TooLong { field: "content", limit: limits::MAX_CONTENT });
    }
    let content_type = match text("contentType", fields)?.as_str() {
        "" | "text" => ContentType::Text,
        "plain" => ContentType::Plain,
        _ => return Err(Rejection::ContentType),
    };
    let url = text("url", fields)?;
    if !url.is_empty() {
        check_url("url", &url)?;
    }
    let actions = actions(fields.get("actions"))?;
    let source = String::new();
    Ok(NoticeDraft { title, subtitle, content, content_type, url, actions, sender, source })
}

fn actions(value: Option<&Value>) -> Result<Vec<NoticeAction>, Rejection> {
    let list = match value {
        None => return Ok(Vec::new()),
        Some(value) if is_empty(value) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Rejection::NotList("actions")),
    };
    if list.len() > limits::MAX_ACTIONS {
        return Err(Rejection::TooManyActions(limits::MAX_ACTIONS));
    }
    list.iter().map(action).collect()
}

fn action(value: &Value) -> Result<NoticeAction, Rejection> {
    let field = |name: &str| value.get(name).and_then(text_of).unwrap_or_default();
    let label = ["label", "lable"].map(field).into_iter().find(|label| !label.is_empty());
    let label = label.ok_or(Rejection::NoLabel)?;
    if label.chars().count() > limits::MAX_LABEL {
        return Err(Rejection::TooLong { field: "actions[].label", limit: limits::MAX_LABEL });
    }
    let url = field("url");
    check_url("actions[].url", &url)?;
    let short = |name: &str| field(name).chars().take(limits::MAX_SHORT).collect();
    let (icon, kind) = (short("icon"), short("type"));
    Ok(NoticeAction { label: plain_name("actions[].label", label)?, icon, url, kind })
}

/// Refuses markup and invisible characters in a name, which clients show in many places.
fn plain_name(field: &'static str, name: String) -> Result<String, Rejection> {
    if name.contains(|sign: char| sign == '<' || sign == '>' || sign.is_control()) {
        return Err(Rejection::Markup(field));
    }
    Ok(name)
}

fn check_url(field: &'static str, url: &str) -> Result<(), Rejection> {
    if is_notice_url(url) { Ok(()) } else { Err(Rejection::Url(field)) }
}

/// Reads a text that may be absent. Numbers and booleans are converted as PHP writes them.
fn text(name: &'static str, fields: &Map<String, Value>) -> Result<String, Rejection> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(value) => text_of(value).ok_or(Rejection::NotText(name)),
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

/// Reads an integer, or a text that contains one.
fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// PHP's `empty` for JSON values. PHP decodes an empty object to an object, which is not empty.
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
