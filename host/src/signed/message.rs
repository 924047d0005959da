//! Turns a group message into a post: an attachment with title, subtitle, content and links, under the sender's name.
//! Pure.

use std::collections::BTreeMap;

use serde_json::{Map, json};

use crate::model::{Attachment, ContentType, Message, NoticeAction, NoticeDraft, is_web_link};

/// How many user numbers one message may mention. Further ones stay plain text.
const MAX_MENTIONS: usize = 50;

/// Returns the numbers of mentions such as `@#3`, without duplicates.
pub(super) fn mentioned_numbers(text: &str) -> Vec<i64> {
    let mut numbers: Vec<i64> = Vec::new();
    for piece in text.split("@#").skip(1) {
        if let Some(number) = leading_number(piece)
            && !numbers.contains(&number)
            && numbers.len() < MAX_MENTIONS
        {
            numbers.push(number);
        }
    }
    numbers
}

pub(super) fn message(draft: &NoticeDraft, names: &BTreeMap<i64, String>, application: &str) -> Message {
    let is_plain = draft.content_type == ContentType::Plain;
    let content = if is_plain { escaped(&draft.content) } else { with_mentions(&draft.content, names) };
    let mut parts = Vec::new();
    if !draft.subtitle.is_empty() {
        parts.push(format!("**{}**", escaped(&draft.subtitle)));
    }
    if !content.is_empty() {
        parts.push(content);
    }
    if !draft.actions.is_empty() {
        parts.push(draft.actions.iter().map(link).collect::<Vec<_>>().join(" · "));
    }
    let attachment = Attachment {
        fallback: draft.title.clone(),
        title: draft.title.clone(),
        title_link: draft.url.clone(),
        text: parts.join("\n\n"),
        ..Attachment::default()
    };
    let name = if draft.sender.name.is_empty() { application } else { &draft.sender.name };
    Message {
        text: String::new(),
        attachments: vec![attachment],
        username: Some(name.to_owned()),
        icon_url: Some(draft.sender.avatar.clone()).filter(|url| !url.is_empty()),
        props: Map::from_iter([("notice".to_owned(), structured(draft))]),
        ..Message::default()
    }
}

/// Returns the same message for clients that render notices themselves.
fn structured(draft: &NoticeDraft) -> serde_json::Value {
    let actions: Vec<_> = draft
        .actions
        .iter()
        .map(|action| json!({"label": action.label, "icon": action.icon, "url": action.url, "type": action.look()}))
        .collect();
    json!({
        "title": draft.title, "subtitle": draft.subtitle, "url": draft.url, "actions": actions,
        "content_type": draft.content_type,
        "sender": {"id": draft.sender.id, "name": draft.sender.name, "avatar": draft.sender.avatar},
    })
}

/// Renders a button as a link, which every client can display.
fn link(action: &NoticeAction) -> String {
    let url = action.url.replace('<', "%3C").replace('>', "%3E");
    format!("[{}](<{url}>)", escaped(&action.label))
}

/// Replaces `@#3` with the username of that user, if there is one.
fn with_mentions(text: &str, names: &BTreeMap<i64, String>) -> String {
    let mut pieces = text.split("@#");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let name = leading_number(piece).and_then(|number| names.get(&number));
        if let Some(name) = name {
            let rest = piece.trim_start_matches(|sign: char| sign.is_ascii_digit());
            out.push('@');
            out.push_str(name);
            out.push_str(rest);
        } else {
            out.push_str("@#");
            out.push_str(piece);
        }
    }
    out
}

/// Returns the number at the beginning of a text, unless letters continue it: with a username in its place, they would
/// make another name.
fn leading_number(text: &str) -> Option<i64> {
    let digits = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let goes_on =
        text[digits..].starts_with(|sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign));
    if goes_on { None } else { text[..digits].parse().ok() }
}

/// Escapes a text so that Markdown shows it as it is. Links stay unescaped, since clients recognise them.
fn escaped(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(escaped_word).collect()
}

fn escaped_word(word: &str) -> String {
    if is_web_link(word) {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    for sign in word.chars() {
        if sign.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NoticeSender;

    fn draft(content: &str, is_plain: bool) -> NoticeDraft {
        let sender = NoticeSender { id: "robot1".to_owned(), name: "CI".to_owned(), avatar: String::new() };
        NoticeDraft {
            title: "Done".to_owned(),
            subtitle: "a*b".to_owned(),
            content: content.to_owned(),
            content_type: if is_plain { ContentType::Plain } else { ContentType::Text },
            url: "https://ci/1".to_owned(),
            actions: vec![NoticeAction {
                label: "Open [it]".to_owned(),
                icon: String::new(),
                url: "https://ci/1?a=(b)".to_owned(),
                kind: "primary".to_owned(),
            }],
            sender,
            source: String::new(),
        }
    }

    #[test]
    fn markdown_is_kept_and_numbers_become_usernames() {
        let names = BTreeMap::from([(3, "anna".to_owned())]);
        let message = message(&draft("**x** @#3, @#44 @#", false), &names, "App");
        let attachment = &message.attachments[0];
        assert_eq!(
            attachment.text,
            "**a\\*b**\n\n**x** @anna, @#44 @#\n\n[Open \\[it\\]](<https://ci/1?a=(b)>)"
        );
        assert_eq!((attachment.title.as_str(), attachment.title_link.as_str()), ("Done", "https://ci/1"));
        assert_eq!(message.username.as_deref(), Some("CI"));
        assert_eq!(mentioned_numbers("@#3 @#44 @#3 @#x @#5th 请@#6看"), [3, 44, 6]);
    }

    #[test]
    fn plain_text_is_escaped() {
        let message = message(&draft("**x** <b> https://a/b_c @#3", true), &BTreeMap::new(), "App");
        assert!(
            message.attachments[0].text.contains(r"\*\*x\*\* \<b\> https://a/b_c \@\#3"),
            "{}",
            message.attachments[0].text
        );
    }
}
