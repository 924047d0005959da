//! Channels that a text names as `~name`. Clients draw a link to each from a prop of the post.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Chat, ChatError};
use crate::model::{ChannelId, LinkedChannel, Post, Props};

/// The prop that holds the linked channels by their names. Only the server sets it.
const PROP: &str = "channel_mentions";

/// Most channels that one text links to. Further names stay plain text.
const MAX_LINKS: usize = 50;

impl Chat {
    /// Sets the links of these posts to public channels of their teams. Nothing is read for texts that name none.
    pub(super) async fn link_channels(&self, posts: &mut [Post]) -> Result<(), ChatError> {
        let mut named: BTreeSet<(ChannelId, String)> = BTreeSet::new();
        for post in &*posts {
            named.extend(names(&post.message).map(|name| (post.channel_id.clone(), name.to_owned())));
        }
        let named: Vec<(ChannelId, String)> = named.into_iter().collect();
        let linked = if named.is_empty() { Vec::new() } else { self.store.linked_channels(&named).await? };
        for post in posts {
            let own = linked.iter().filter(|link| link.from_channel == post.channel_id);
            let props = with_links(&post.props, links(&post.message, own));
            post.props = props.unwrap_or_else(|| std::mem::take(&mut post.props));
        }
        Ok(())
    }
}

/// Returns the linked channels that a text names, in the form of the prop.
fn links<'l>(message: &str, linked: impl Iterator<Item = &'l LinkedChannel>) -> Map<String, Value> {
    let named: BTreeSet<&str> = names(message).collect();
    let linked = linked.filter(|link| named.contains(link.name.as_str()));
    let prop = |link: &LinkedChannel| json!({"display_name": link.display_name, "team_name": link.team_name});
    linked.map(|link| (link.name.clone(), prop(link))).collect()
}

/// Returns the props with these links, or None if they stay as they are.
fn with_links(props: &Props, links: Map<String, Value>) -> Option<Props> {
    // Serialised keys of letters are never escaped, so this rules out most props.
    if links.is_empty() && !props.as_str().contains(PROP) {
        return None;
    }
    let mut object = props.object();
    object.remove(PROP);
    if !links.is_empty() {
        object.insert(PROP.to_owned(), links.into());
    }
    Some(object.into())
}

/// Returns the names after a `~` at the beginning of a word, at most [`MAX_LINKS`].
fn names(message: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let after_word = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let signs = message.match_indices('~').filter(move |(at, _)| !after_word(&message[..*at]));
    let names = signs.map(move |(at, _)| {
        let name = &message[at + 1..];
        &name[..name.find(|c| !is_part(c)).unwrap_or(name.len())]
    });
    names.filter(|name| !name.is_empty()).take(MAX_LINKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_a_tilde_at_the_beginning_of_a_word() {
        let names = |text| names(text).collect::<Vec<_>>();
        assert_eq!(names("see ~town-square, (~off_topic) or ~a.b"), ["town-square", "off_topic", "a"]);
        assert_eq!(names("a~b ~ ~~c ~ä"), ["c"]);
        assert_eq!(names(&"~x ".repeat(60)).len(), MAX_LINKS);
    }
}
