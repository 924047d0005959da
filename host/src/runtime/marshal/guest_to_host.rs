//! Checks and converts a guest's messages, because users will see all of them. Errors are sentences for the plugin's
//! author.

use serde_json::Map;

use crate::model::{
    Attachment, AttachmentField, MAX_ATTACHMENT_FIELDS, MAX_ATTACHMENTS, MAX_ICON_URL, MAX_MESSAGE_CHARS,
    MAX_PROPS, Message, has_scheme,
};
use crate::runtime::bindings::jackfield::plugin::types;
use crate::runtime::limits::MAX_OUTPUT;

/// The most characters of a message's display name.
const MAX_USERNAME: usize = 64;

/// Converts a message that becomes one post, so its text must fit.
pub(in crate::runtime) fn message(message: types::Message) -> Result<Message, String> {
    let chars = message.text.chars().count();
    if chars > MAX_MESSAGE_CHARS {
        return Err(format!("the text has {chars} characters; at most {MAX_MESSAGE_CHARS} are allowed"));
    }
    nonempty_message(message)
}

/// Converts a message with a text or an attachment; a long text is split later.
pub(in crate::runtime) fn nonempty_message(message: types::Message) -> Result<Message, String> {
    if message.text.trim().is_empty() && message.attachments.is_empty() {
        return Err("a message needs a text or an attachment".to_owned());
    }
    any_message(message)
}

/// Converts a message that may be empty.
pub(in crate::runtime) fn any_message(message: types::Message) -> Result<Message, String> {
    if message.attachments.len() > MAX_ATTACHMENTS {
        return Err(format!(
            "the message has {} attachments; at most {MAX_ATTACHMENTS} are allowed",
            message.attachments.len()
        ));
    }
    if message.username.as_ref().is_some_and(|name| name.chars().count() > MAX_USERNAME) {
        return Err(format!("the username is longer than {MAX_USERNAME} characters"));
    }
    if let Some(url) = &message.icon_url {
        if url.len() > MAX_ICON_URL {
            return Err(format!("icon-url has {} bytes; at most {MAX_ICON_URL} are allowed", url.len()));
        }
        check_link("icon-url", url)?;
    }
    let props = match message.props_json.as_deref() {
        None | Some("") => Map::new(),
        Some(json) => {
            serde_json::from_str(json).map_err(|error| format!("props-json is not a JSON object: {error}"))?
        }
    };
    let attachments = message.attachments.into_iter().map(attachment).collect::<Result<Vec<_>, _>>()?;
    // Plain texts and numbers always serialize.
    let json = serde_json::to_string(&(&attachments, &props)).unwrap_or_default();
    if json.len() > MAX_PROPS {
        return Err(format!(
            "attachments and props have {} bytes; at most {MAX_PROPS} are allowed",
            json.len()
        ));
    }
    let named = message.username.iter().chain(&message.icon_url);
    if named.chain([&message.text]).any(|text| text.contains('\0')) || json.contains("\\u0000") {
        return Err("a message has no NUL character".to_owned());
    }
    Ok(Message {
        text: message.text,
        attachments,
        username: message.username,
        icon_url: message.icon_url,
        props,
        ..Message::default()
    })
}

fn attachment(attachment: types::Attachment) -> Result<Attachment, String> {
    if !attachment.actions.is_empty() {
        return Err("not yet: this server shows no buttons and menus".to_owned());
    }
    if attachment.fields.len() > MAX_ATTACHMENT_FIELDS {
        return Err(format!(
            "an attachment has {} fields; at most {MAX_ATTACHMENT_FIELDS} are allowed",
            attachment.fields.len()
        ));
    }
    for (name, url) in [
        ("author-link", &attachment.author_link),
        ("author-icon", &attachment.author_icon),
        ("title-link", &attachment.title_link),
        ("image-url", &attachment.image_url),
        ("thumb-url", &attachment.thumb_url),
        ("footer-icon", &attachment.footer_icon),
    ] {
        if let Some(url) = url {
            check_link(name, url)?;
        }
    }
    let field = |field: types::Field| AttachmentField {
        title: field.title,
        value: Some(field.value),
        short: field.short,
    };
    Ok(Attachment {
        id: 0,
        fallback: attachment.fallback.unwrap_or_default(),
        color: attachment.color.unwrap_or_default(),
        pretext: attachment.pretext.unwrap_or_default(),
        author_name: attachment.author_name.unwrap_or_default(),
        author_link: attachment.author_link.unwrap_or_default(),
        author_icon: attachment.author_icon.unwrap_or_default(),
        title: attachment.title.unwrap_or_default(),
        title_link: attachment.title_link.unwrap_or_default(),
        text: attachment.text.unwrap_or_default(),
        fields: attachment.fields.into_iter().map(field).collect(),
        image_url: attachment.image_url.unwrap_or_default(),
        thumb_url: attachment.thumb_url.unwrap_or_default(),
        footer: attachment.footer.unwrap_or_default(),
        footer_icon: attachment.footer_icon.unwrap_or_default(),
        // The wire format uses seconds.
        ts: attachment.ts_ms.map(|millis| millis / 1000).into(),
        actions: Vec::new(),
    })
}

/// Accepts links that are safe to click: web, mail, or a page of this server.
pub(in crate::runtime) fn check_link(name: &str, url: &str) -> Result<(), String> {
    if has_scheme(url, &["https://", "http://", "mailto:"])
        || url.is_empty()
        || (url.starts_with('/') && !url.starts_with("//"))
    {
        return Ok(());
    }
    let shown: String = url.chars().take(80).collect();
    Err(format!("{name} `{shown}` is not a link; it must begin with https://, http://, mailto: or /"))
}

pub(in crate::runtime) fn check_size(size: usize) -> Result<(), String> {
    if size <= MAX_OUTPUT {
        Ok(())
    } else {
        Err(format!("it has {size} bytes; at most {MAX_OUTPUT} are allowed"))
    }
}

/// Counts the bytes of every text in a message.
pub(in crate::runtime) fn message_size(message: &types::Message) -> usize {
    let types::Message { text, attachments, username, icon_url, props_json } = message;
    text.len()
        + total([username, icon_url, props_json])
        + attachments.iter().map(attachment_size).sum::<usize>()
}

/// Counts the bytes of an attachment. Its actions are refused, so they need not be counted.
fn attachment_size(attachment: &types::Attachment) -> usize {
    let fields = attachment.fields.iter().map(|field| field.title.len() + field.value.len());
    let texts = [
        &attachment.fallback,
        &attachment.color,
        &attachment.pretext,
        &attachment.author_name,
        &attachment.author_link,
        &attachment.author_icon,
        &attachment.title,
        &attachment.title_link,
        &attachment.text,
        &attachment.image_url,
        &attachment.thumb_url,
        &attachment.footer,
        &attachment.footer_icon,
    ];
    total(texts) + fields.sum::<usize>()
}

fn total<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> types::Message {
        types::Message {
            text: text.to_owned(),
            attachments: Vec::new(),
            username: None,
            icon_url: None,
            props_json: None,
        }
    }

    #[test]
    fn a_message_fits_into_a_post_and_is_not_empty() {
        assert_eq!(message(text("hi")), Ok(Message::text("hi")));
        assert_eq!(message(text(" ")), Err("a message needs a text or an attachment".to_owned()));
        let long = "ü".repeat(MAX_MESSAGE_CHARS);
        assert!(message(text(&long)).is_ok());
        assert_eq!(
            message(text(&format!("{long}ü"))),
            Err(format!(
                "the text has {} characters; at most {MAX_MESSAGE_CHARS} are allowed",
                MAX_MESSAGE_CHARS + 1
            ))
        );
    }

    #[test]
    fn props_are_a_bounded_object() {
        let with = |json: &str| message(types::Message { props_json: Some(json.to_owned()), ..text("hi") });
        assert_eq!(with(r#"{"a":1}"#).unwrap().props["a"], 1);
        assert!(with("[]").unwrap_err().starts_with("props-json is not a JSON object"));
        assert!(
            with(&format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_PROPS))).unwrap_err().contains("at most 65536")
        );
    }

    #[test]
    fn every_text_of_a_message_counts() {
        let one = || Some("x".to_owned());
        let attachment = types::Attachment {
            fallback: one(),
            color: one(),
            pretext: one(),
            author_name: one(),
            author_link: one(),
            author_icon: one(),
            title: one(),
            title_link: one(),
            text: one(),
            fields: vec![types::Field { title: "x".to_owned(), value: "x".to_owned(), short: true }],
            image_url: one(),
            thumb_url: one(),
            footer: one(),
            footer_icon: one(),
            ts_ms: None,
            actions: Vec::new(),
        };
        let whole = types::Message {
            attachments: vec![attachment.clone(), attachment],
            username: one(),
            icon_url: one(),
            props_json: one(),
            ..text("x")
        };
        assert_eq!(message_size(&whole), 4 + 2 * 15);
    }

    #[test]
    fn links_must_lead_to_web_mail_or_this_server() {
        for url in ["https://a", "HTTP://a", "mailto:a@b", "/team/x", ""] {
            assert_eq!(check_link("title-link", url), Ok(()), "{url}");
        }
        for url in ["javascript:alert(1)", "//evil", "data:text/html,x", " https://a"] {
            assert!(check_link("title-link", url).is_err(), "{url}");
        }
    }
}
