//! What clients draw from a text: links to the channels that it names as `~name`, and the preview of a post that it
//! links to. Both are props of the post, which only the server sets.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Chat, ChatError, previews};
use crate::model::{ChannelId, LinkedChannel, Post, Props};

/// The prop that holds the linked channels by their names.
const PROP: &str = "channel_mentions";

/// Most channels that one text links to. Further names stay plain text.
const MAX_LINKS: usize = 50;

impl Chat {
    /// Sets the links of these posts to public channels of their teams and to another post. Nothing is read for texts
    /// that name no channel.
    pub(super) async fn set_links(&self, posts: &mut [Post]) -> Result<(), ChatError> {
        let mut named: BTreeSet<(ChannelId, String)> = BTreeSet::new();
        for post in &*posts {
            named.extend(names(&post.message).map(|name| (post.channel_id.clone(), name.to_owned())));
        }
        let named: Vec<(ChannelId, String)> = named.into_iter().collect();
        let linked = if named.is_empty() { Vec::new() } else { self.store.linked_channels(&named).await? };
        for post in posts {
            let own = linked.iter().filter(|link| link.from_channel == post.channel_id);
            let links = links(&post.message, own);
            let linked_post = previews::previewed(&post.message, &self.site_url);
            let derived = [
                (PROP, (!links.is_empty()).then(|| links.into())),
                (previews::PROP, linked_post.map(|id| id.as_str().into())),
            ];
            post.props = with_derived(std::mem::take(&mut post.props), derived);
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

/// Returns the props with these values instead of those that a client sent.
fn with_derived(props: Props, derived: [(&str, Option<Value>); 2]) -> Props {
    // Serialised keys of letters are never escaped, so this rules out most props.
    if derived.iter().all(|(name, value)| value.is_none() && !props.as_str().contains(name)) {
        return props;
    }
    let mut object = props.object();
    for (name, value) in derived {
        match value {
            Some(value) => drop(object.insert(name.to_owned(), value)),
            None => drop(object.remove(name)),
        }
    }
    object.into()
}

/// Returns the names after a `~` at the beginning of a word, at most [`MAX_LINKS`].
pub(super) fn names(message: &str) -> impl Iterator<Item = &str> {
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
