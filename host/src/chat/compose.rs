//! Turns a message into posts: props, attachments, and splitting what is too long for one post. Pure.

use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::model::{
    Attachment, Channel, MAX_MESSAGE_CHARS, MAX_PROPS, Message, Place, Post, PostKind, Props, UserId,
};

/// The least room for attachments in one post, in bytes, however large the message's other props are.
const MIN_ROOM: usize = MAX_PROPS / 2;

/// The origin of a message, which its posts' props name.
#[derive(Debug, Clone)]
pub enum Origin<'a> {
    /// A webhook, with its display name.
    Hook { display_name: &'a str },
    /// A slash command that replies in the channel.
    Command,
}

/// Creates the posts of one message. A text longer than one post is split at exactly [`MAX_MESSAGE_CHARS`]. The last
/// of its posts gets the attachments, as many as its props have room for; further posts get the rest.
pub fn compose(
    clock: &Clock,
    author: &UserId,
    place: &Place,
    message: &Message,
    origin: &Origin<'_>,
) -> Vec<Post> {
    let props = props(message, origin);
    let room = MAX_PROPS.saturating_sub(Props::from(message.props.clone()).as_str().len()).max(MIN_ROOM);
    let mut groups = group_attachments(&message.attachments, room).into_iter();
    let mut parts: Vec<(&str, Vec<Attachment>)> =
        split(&message.text).into_iter().map(|text| (text, Vec::new())).collect();
    if let (Some(last), Some(group)) = (parts.last_mut(), groups.next()) {
        last.1 = group;
    }
    parts.extend(groups.map(|group| ("", group)));
    parts
        .into_iter()
        .map(|(text, attachments)| {
            let at = clock.stamp();
            let mut post = Post::new(clock.id(), author, place, text.to_owned(), at);
            post.kind =
                if message.attachments.is_empty() { message.kind.clone() } else { PostKind::attachment() };
            post.marks.priority.clone_from(&message.priority);
            post.set_props(props.clone(), &attachments);
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

/// Groups attachments so that each group has at most `room` bytes as JSON. The text of an attachment that is too large
/// alone is cut; `hook::payload` refuses attachments whose other fields are.
fn group_attachments(attachments: &[Attachment], room: usize) -> Vec<Vec<Attachment>> {
    let mut groups: Vec<Vec<Attachment>> = Vec::new();
    let mut left = 0;
    for attachment in attachments {
        let mut attachment = attachment.clone();
        let mut size = attachment.size();
        if size > room {
            let kept = attachment.text.len().saturating_sub(size - room);
            attachment.text.truncate(attachment.text.floor_char_boundary(kept));
            size = attachment.size();
        }
        match groups.last_mut() {
            Some(group) if size <= left => group.push(attachment),
            _ => {
                left = room;
                groups.push(vec![attachment]);
            }
        }
        left = left.saturating_sub(size);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_fill_a_post_before_the_next_begins() {
        let with = |text: String| Attachment { text, ..Attachment::default() };
        let empty = with(String::new()).size();
        let attachments =
            [with("a".repeat(10)), with("b".repeat(10)), with("\"".repeat(20)), with("d".repeat(2 * empty))];
        let groups = group_attachments(&attachments, 2 * (empty + 10));
        let texts: Vec<Vec<usize>> =
            groups.iter().map(|group| group.iter().map(|one| one.text.len()).collect()).collect();
        assert_eq!(texts, [vec![10, 10], vec![20], vec![2 * (empty + 10) - empty]]);
        assert!(group_attachments(&[], 10).is_empty());
    }

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
