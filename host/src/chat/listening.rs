//! Whom a message speaks to: by name, by a word they listen for, or because it is said to them alone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::mention::Mentions;
use super::{Chat, ChatError};
use crate::model::{Audience, Channel, ChannelKind, Listener, Post, UserId};

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

    async fn mentioned(&self, audience: &Audience, post: &Post) -> Result<Vec<UserId>, ChatError> {
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
            let called = audience.particular.iter().filter(|listener| is_called(listener, &said));
            found.extend(called.map(|listener| listener.user_id.clone()));
        }
        Ok(others(found, post))
    }
}

/// Whether one post speaks to one member: what [`Chat::mentioned`] finds for all of them.
pub(super) fn speaks_to(channel: &Channel, post: &Post, listener: &Listener) -> bool {
    if post.user_id == listener.user_id {
        return false;
    }
    let said = said(post);
    let mentions = Mentions::of(&said);
    is_private_talk(channel.kind)
        || mentions.names.contains(&listener.username)
        || (mentions.everybody && minds_everybody(listener))
        || is_called(listener, &said)
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

fn minds_everybody(listener: &Listener) -> bool {
    let refused = listener.notify_props.get("channel").is_some_and(|value| value == "false");
    !refused && listener.channel_props.get("ignore_channel_mentions").is_none_or(|value| value != "on")
}

/// Whether a text has a word this member listens for.
fn is_called(listener: &Listener, text: &str) -> bool {
    let said = |key: &str| listener.notify_props.get(key).and_then(serde_json::Value::as_str);
    let keys = said("mention_keys").unwrap_or_default().split(',').map(str::trim);
    let first_name = (said("first_name") == Some("true")).then_some(listener.first_name.trim());
    let text = text.to_lowercase();
    keys.chain(first_name).filter(|key| !key.is_empty()).any(|key| has_word(&text, &key.to_lowercase()))
}

/// Whether `text` holds `word` with nothing of a word around it.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listener(notify: &Value, channel: &Value) -> Listener {
        Listener {
            user_id: "a".repeat(26).parse().unwrap(),
            username: "anna".to_owned(),
            first_name: "Änne".to_owned(),
            notify_props: notify.as_object().unwrap().clone(),
            channel_props: channel.as_object().unwrap().clone(),
        }
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
        assert!(is_called(&listener(&json!({"first_name": "true"}), &json!({})), "ask änne."));
    }

    #[test]
    fn everybody_is_not_who_does_not_want_to_be() {
        assert!(minds_everybody(&listener(&json!({"channel": "true"}), &json!({}))));
        assert!(!minds_everybody(&listener(&json!({"channel": "false"}), &json!({}))));
        assert!(!minds_everybody(&listener(&json!({}), &json!({"ignore_channel_mentions": "on"}))));
    }
}
