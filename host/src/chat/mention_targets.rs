//! Whom a post mentions: by name, by one of the member's keywords, or because it is in a direct or group channel.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::mention::Mentions;
use super::{Chat, ChatError};
use crate::model::{Channel, ChannelKind, MentionAudience, MentionTarget, Post, UserId};

/// Most keywords of one member, the first name included. Further ones are ignored.
const MAX_KEYWORDS: usize = 100;

/// In a channel with more members than this, `@channel` mentions no one.
const MAX_ALL_MEMBERS: usize = 1000;

impl Chat {
    /// Returns the members that each of these posts mentions, except its author, in the posts' order.
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
        if is_conversation(audience.kind) {
            found.extend(self.store.channel_member_ids(&post.channel_id).await?);
            return Ok(others(found, post));
        }
        let text = mentioning_text(post);
        if !text.is_empty() {
            let mentions = Mentions::of(&text);
            if mentions.all_members {
                let members = self.store.channel_member_ids(&post.channel_id).await?;
                if members.len() <= MAX_ALL_MEMBERS {
                    found.extend(members);
                    for target in audience.particular.iter().filter(|target| !wants_channel_mentions(target))
                    {
                        found.remove(&target.user_id);
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
            if audience.particular.iter().any(|target| keywords(target).next().is_some()) {
                let lowered = text.to_lowercase();
                let words = TextWords::of(&lowered);
                let mentioned = audience.particular.iter().filter(|target| words.mention(target));
                found.extend(mentioned.map(|target| target.user_id.clone()));
            }
        }
        Ok(others(found, post))
    }
}

/// Whether a post mentions one member: the check that [`Chat::mentioned`] makes for all of them.
pub(super) fn mentions_member(channel: &Channel, post: &Post, target: &MentionTarget) -> bool {
    if post.user_id == target.user_id {
        return false;
    }
    let text = mentioning_text(post);
    let mentions = Mentions::of(&text);
    is_conversation(channel.kind)
        || mentions.names.contains(&target.username)
        || (mentions.all_members && wants_channel_mentions(target))
        || TextWords::of(&text.to_lowercase()).mention(target)
}

/// Returns the text in which a post can mention users: its own, and its attachments' pretexts and texts.
fn mentioning_text(post: &Post) -> Cow<'_, str> {
    let attachments = post.props.attachments();
    if attachments.is_empty() {
        return Cow::Borrowed(&post.message);
    }
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

fn is_conversation(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Direct | ChannelKind::Group)
}

fn wants_channel_mentions(target: &MentionTarget) -> bool {
    let refused = target.notify_props.get("channel").is_some_and(|value| value == "false");
    !refused && target.channel_props.get("ignore_channel_mentions").is_none_or(|value| value != "on")
}

/// Returns a member's keywords. Each is one word, or several in a row.
fn keywords(target: &MentionTarget) -> impl Iterator<Item = &str> {
    let setting = |key: &str| target.notify_props.get(key).and_then(Value::as_str);
    let keys = setting("mention_keys").unwrap_or_default().split(',').map(str::trim);
    let first_name = (setting("first_name") == Some("true")).then_some(target.first_name.trim());
    first_name.into_iter().chain(keys).filter(|key| !key.is_empty()).take(MAX_KEYWORDS)
}

/// A text in lower case, with its words, so that a lookup rules out most keywords.
struct TextWords<'t> {
    text: &'t str,
    words: HashSet<&'t str>,
}

impl<'t> TextWords<'t> {
    fn of(lowered: &'t str) -> Self {
        Self { text: lowered, words: words(lowered).collect() }
    }

    /// Whether the text contains one of a member's keywords.
    fn mention(&self, target: &MentionTarget) -> bool {
        keywords(target).any(|keyword| self.contain(&keyword.to_lowercase()))
    }

    /// Whether the text contains `keyword` between word boundaries.
    fn contain(&self, keyword: &str) -> bool {
        // Between word boundaries, each word of the keyword is a word of the text.
        words(keyword).all(|word| self.words.contains(word))
            && self.text.match_indices(keyword).any(|(at, _)| {
                let before = self.text[..at].chars().next_back();
                let after = self.text[at + keyword.len()..].chars().next();
                !before.is_some_and(is_word_char) && !after.is_some_and(is_word_char)
            })
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word_char(c)).filter(|word| !word.is_empty())
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(notify: &Value, channel: &Value) -> MentionTarget {
        MentionTarget {
            user_id: "a".repeat(26).parse().unwrap(),
            username: "anna".to_owned(),
            first_name: "Änne".to_owned(),
            notify_props: notify.as_object().unwrap().clone(),
            channel_props: channel.as_object().unwrap().clone(),
        }
    }

    fn is_mentioned(target: &MentionTarget, text: &str) -> bool {
        TextWords::of(&text.to_lowercase()).mention(target)
    }

    #[test]
    fn a_keyword_is_a_word_in_any_case() {
        let anna = target(&json!({"mention_keys": "deploy, war room,"}), &json!({}));
        for (text, mentioned) in [
            ("Deploy!", true),
            ("to the War Room", true),
            ("redeploy", false),
            ("deployed", false),
            ("", false),
            ("Änne", false),
        ] {
            assert_eq!(is_mentioned(&anna, text), mentioned, "{text}");
        }
        assert!(is_mentioned(&target(&json!({"first_name": "true"}), &json!({})), "ask Änne."));
        let signs = target(&json!({"mention_keys": "!!, #ops, c++"}), &json!({}));
        for (text, mentioned) in [
            ("help !!", true),
            ("a!!b", false),
            ("in #Ops", true),
            ("ops", false),
            ("C++", true),
            ("c+", false),
        ] {
            assert_eq!(is_mentioned(&signs, text), mentioned, "{text}");
        }
    }

    #[test]
    fn keywords_past_the_limit_are_ignored() {
        let keys = |count: usize| {
            let keys: Vec<String> = (1..=count).map(|number| format!("k{number}")).collect();
            target(&json!({"mention_keys": keys.join(",")}), &json!({}))
        };
        assert!(is_mentioned(&keys(MAX_KEYWORDS), &format!("k{MAX_KEYWORDS}")));
        assert!(!is_mentioned(&keys(MAX_KEYWORDS + 1), &format!("k{}", MAX_KEYWORDS + 1)));
    }

    #[test]
    fn channel_mentions_can_be_switched_off() {
        assert!(wants_channel_mentions(&target(&json!({"channel": "true"}), &json!({}))));
        assert!(!wants_channel_mentions(&target(&json!({"channel": "false"}), &json!({}))));
        assert!(!wants_channel_mentions(&target(&json!({}), &json!({"ignore_channel_mentions": "on"}))));
    }
}
