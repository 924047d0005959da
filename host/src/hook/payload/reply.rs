//! What the receiver of an outgoing webhook responds with.

use super::{PayloadError, cut, icon_emoji, icon_url, kind, priority, props};
use crate::model::Message;
use crate::slack::{attachments, find, object, text_of};

/// A message in response to an outgoing webhook.
#[derive(Debug)]
pub(in crate::hook) struct HookReply {
    pub(in crate::hook) message: Message,
    /// Whether it is a comment on the post that fired the webhook.
    pub(in crate::hook) is_comment: bool,
}

/// Reads a response. Returns None for an empty one, and for one that has no text and no attachments; a text may be
/// empty.
pub(in crate::hook) fn reply(body: &[u8]) -> Result<Option<HookReply>, PayloadError> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let fields = object(body)?;
    let attachments = attachments(&fields)?;
    if find(&fields, "text").is_none() && attachments.is_empty() {
        return Ok(None);
    }
    let message = Message {
        text: text_of(&fields, "text")?,
        attachments,
        username: Some(cut(text_of(&fields, "username")?)).filter(|name| !name.is_empty()),
        icon_url: Some(icon_url(&fields)?).filter(|url| !url.is_empty()),
        icon_emoji: icon_emoji(&fields)?,
        kind: kind(&fields)?,
        priority: priority(&fields)?,
        props: props(&fields)?,
    };
    let is_comment = text_of(&fields, "response_type")? == "comment";
    Ok(Some(HookReply { message, is_comment }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<HookReply> {
        reply(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_response_without_text_and_attachments_is_no_message() {
        for body in ["", " \n", "{}", r#"{"text": null, "attachments": []}"#, r#"{"username": "x"}"#] {
            assert!(read(body).is_none(), "{body}");
        }
    }

    #[test]
    fn an_empty_text_is_a_message() {
        let reply = read(r#"{"text": "", "response_type": "comment", "type": "custom_x"}"#).unwrap();
        assert_eq!(
            (reply.message.text.as_str(), reply.message.kind.as_str(), reply.is_comment),
            ("", "custom_x", true)
        );
    }

    #[test]
    fn a_response_that_cannot_be_read_is_an_error() {
        for body in ["<html>", "[1]", r#"{"text": 1}"#, r#"{"text": "x", "type": "system_x"}"#] {
            assert!(reply(body.as_bytes()).is_err(), "{body}");
        }
    }
}
