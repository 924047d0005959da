//! Turns a message into posts: props, attachments, and splitting a text that is too long for one post. Pure.

use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::model::{Channel, MAX_MESSAGE_CHARS, Message, Place, Post, UserId};

/// The origin of a message, which its posts' props name.
#[derive(Debug, Clone)]
pub enum Origin<'a> {
    /// A webhook, with its display name.
    Hook { display_name: &'a str },
    /// A slash command that replies in the channel.
    Command,
}

/// Creates the posts of one message. A text longer than one post is split at exactly [`MAX_MESSAGE_CHARS`], and the
/// last post gets the attachments.
pub fn compose(
    clock: &Clock,
    author: &UserId,
    place: &Place,
    message: &Message,
    origin: &Origin<'_>,
) -> Vec<Post> {
    let props = props(message, origin);
    let parts = split(&message.text);
    let last = parts.len() - 1;
    parts
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            let mut post = Post::new(clock.id(), author, place, text.to_owned(), clock.now());
            post.props.clone_from(&props);
            if index == last {
                post.attach(&message.attachments);
            }
            post
        })
        .collect()
}

/// The channel as a place without a thread.
impl From<&Channel> for Place {
    fn from(channel: &Channel) -> Self {
        Self { team_id: channel.team_id.clone(), channel_id: channel.id.clone(), root_id: None }
    }
}

fn props(message: &Message, origin: &Origin<'_>) -> Map<String, Value> {
    let mut props = message.own_props();
    props.insert("from_webhook".to_owned(), json!("true"));
    if let Origin::Hook { display_name } = origin {
        props.insert("webhook_display_name".to_owned(), json!(display_name));
    }
    props
}

/// Splits a text into pieces of at most [`MAX_MESSAGE_CHARS`] characters. An empty text is one empty piece.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(MAX_MESSAGE_CHARS) {
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    if parts.is_empty() || !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_the_limit_in_characters_not_bytes() {
        let text = "ä".repeat(MAX_MESSAGE_CHARS * 2 + 1);
        let parts: Vec<usize> = split(&text).iter().map(|part| part.chars().count()).collect();
        assert_eq!(parts, [MAX_MESSAGE_CHARS, MAX_MESSAGE_CHARS, 1]);
        assert_eq!(split(&text).concat(), text);
    }

    #[test]
    fn a_text_of_the_limit_or_less_is_one_part() {
        assert_eq!(split(&"x".repeat(MAX_MESSAGE_CHARS)).len(), 1);
        assert_eq!(split(""), [""]);
    }
}
