//! Whom a message speaks to: by name, by a word they listen for, or because it is said to them alone.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::mention::Mentions;
use super::{Chat, ChatError};
use crate::model::{Channel, ChannelKind, MentionAudience, MentionTarget, Post, UserId};

/// Words one member may listen for, the first name included; more are not looked at.
const MAX_KEYS: usize = 100;

/// In a channel with more members than this, `@channel` mentions nobody.
const MAX_EVERYBODY: usize = 1000;

impl Chat {
    /// Members that each of these posts mentions, never its author; in the posts' order.
    pub(super) async fn mentioned_by(&self, posts: &[Post]) -> Result<Vec<Vec<UserId>>, ChatError> {
        let mut all = Vec::with_capacity(posts.len());
        for post in posts {
            all.push(match self.store.audience(&post.channel_id).await? {
                Some(audience) => self.mentioned(&audience, post).await?,
                None => Vec::new(),
            });
        }
        Ok(all)
    }

    async fn mentioned(&self, audience: &MentionAudience, post: &Post) -> Result<Vec<UserId>, ChatError> {
        let mut found = BTreeSet::new();
        if is_private_talk(audience.kind) {
            found.extend(self.store.channel_member_ids(&post.channel_id).await?);
            return Ok(others(found, post));
        }
        let said = said(post);
        if !said.is_empty() {
            let mentions = Mentions::of(&said);
            if mentions.everybody {
                let members = self.store.channel_member_ids(&post.channel_id).await?;
                if members.len() <= MAX_EVERYBODY {
                    found.extend(members);
                    for deaf in audience.particular.iter().filter(|listener| !minds_everybody(listener)) {
                        found.remove(&deaf.user_id);
                    }
                }
            }
            for name in &mentions.names {
                if let Some(user) = self.store.user_by_username(name).await?
                    && self.store.is_channel_member(&post.channel_id, &user.id).await?
                {
                    found.insert(user.id);
                }
            }
            if audience.particular.iter().any(|listener| keys(listener).next().is_some()) {
                let lowered = said.to_lowercase();
                let heard = Heard::of(&lowered);
                let called = audience.particular.iter().filter(|listener| heard.calls(listener));
                found.extend(called.map(|listener| listener.user_id.clone()));
            }
        }
        Ok(others(found, post))
    }
}

/// Whether one post speaks to one member: what [`Chat::mentioned`] finds for all of them.
pub(super) fn speaks_to(channel: &Channel, post: &Post, listener: &MentionTarget) -> bool {
    if post.user_id == listener.user_id {
        return false;
    }
    let said = said(post);
    let mentions = Mentions::of(&said);
    is_private_talk(channel.kind)
        || mentions.names.contains(&listener.username)
        || (mentions.everybody && minds_everybody(listener))
        || Heard::of(&said.to_lowercase()).calls(listener)
}

/// What a post says to people: its text, and that of its attachments before and in their frame.
fn said(post: &Post) -> Cow<'_, str> {
    let Some(attachments) = post.props.get("attachments").and_then(Value::as_array) else {
        return Cow::Borrowed(&post.message);
    };
    let mut text = post.message.clone();
    for part in attachments.iter().flat_map(|one| [&one["pretext"], &one["text"]]) {
        if let Some(part) = part.as_str() {
            text.push('\n');
            text.push_str(part);
        }
    }
    Cow::Owned(text)
}

fn others(found: BTreeSet<UserId>, post: &Post) -> Vec<UserId> {
    found.into_iter().filter(|user| *user != post.user_id).collect()
}

fn is_private_talk(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Direct | ChannelKind::Group)
}

fn minds_everybody(listener: &MentionTarget) -> bool {
    let refused = listener.notify_props.get("channel").is_some_and(|value| value == "false");
    !refused && listener.channel_props.get("ignore_channel_mentions").is_none_or(|value| value != "on")
}

/// What a member listens for: words, or several of them in a row.
fn keys(listener: &MentionTarget) -> impl Iterator<Item = &str> {
    let said = |key: &str| listener.notify_props.get(key).and_then(Value::as_str);
    let keys = said("mention_keys").unwrap_or_default().split(',').map(str::trim);
    let first_name = (said("first_name") == Some("true")).then_some(listener.first_name.trim());
    first_name.into_iter().chain(keys).filter(|key| !key.is_empty()).take(MAX_KEYS)
}

/// A text in lower case, and its words, so that most listeners cost a look at those.
struct Heard<'t> {
    text: &'t str,
    words: HashSet<&'t str>,
}

impl<'t> Heard<'t> {
    fn of(lowered: &'t str) -> Self {
        Self { text: lowered, words: words(lowered).collect() }
    }

    /// Whether there is a word this member listens for.
    fn calls(&self, listener: &MentionTarget) -> bool {
        keys(listener).any(|key| self.holds(&key.to_lowercase()))
    }

    /// Whether the text holds `key` with nothing of a word around it.
    fn holds(&self, key: &str) -> bool {
        // With nothing of a word around it, each of its words is one of the text's.
        words(key).all(|word| self.words.contains(word))
            && self.text.match_indices(key).any(|(at, _)| {
                let before = self.text[..at].chars().next_back();
                let after = self.text[at + key.len()..].chars().next();
                !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
            })
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty())
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listener(notify: &Value, channel: &Value) -> MentionTarget {
        MentionTarget {
            user_id: "a".repeat(26).parse().unwrap(),
            username: "anna".to_owned(),
            first_name: "Änne".to_owned(),
            notify_props: notify.as_object().unwrap().clone(),
            channel_props: channel.as_object().unwrap().clone(),
        }
    }

    fn is_called(listener: &MentionTarget, text: &str) -> bool {
        Heard::of(&text.to_lowercase()).calls(listener)
    }

    #[test]
    fn a_key_is_a_word_in_any_case() {
        let anna = listener(&json!({"mention_keys": "deploy, war room,"}), &json!({}));
        for (text, called) in [
            ("Deploy!", true),
            ("to the War Room", true),
            ("redeploy", false),
            ("deployed", false),
            ("", false),
            ("Änne", false),
        ] {
            assert_eq!(is_called(&anna, text), called, "{text}");
        }
        assert!(is_called(&listener(&json!({"first_name": "true"}), &json!({})), "ask Änne."));
        let signs = listener(&json!({"mention_keys": "!!, #ops, c++"}), &json!({}));
        for (text, called) in [
            ("help !!", true),
            ("a!!b", false),
            ("in #Ops", true),
            ("ops", false),
            ("C++", true),
            ("c+", false),
        ] {
            assert_eq!(is_called(&signs, text), called, "{text}");
        }
    }

    #[test]
    fn so_many_keys_are_listened_for_and_no_more() {
        let keys = |count: usize| {
            let keys: Vec<String> = (1..=count).map(|number| format!("k{number}")).collect();
            listener(&json!({"mention_keys": keys.join(",")}), &json!({}))
        };
        assert!(is_called(&keys(MAX_KEYS), &format!("k{MAX_KEYS}")));
        assert!(!is_called(&keys(MAX_KEYS + 1), &format!("k{}", MAX_KEYS + 1)));
    }

    #[test]
    fn everybody_is_not_who_does_not_want_to_be() {
        assert!(minds_everybody(&listener(&json!({"channel": "true"}), &json!({}))));
        assert!(!minds_everybody(&listener(&json!({"channel": "false"}), &json!({}))));
        assert!(!minds_everybody(&listener(&json!({}), &json!({"ignore_channel_mentions": "on"}))));
    }
}
