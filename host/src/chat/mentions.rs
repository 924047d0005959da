//! Whom a post mentions: by name, by one of the member's keywords, or because it is in a direct or group channel.
//!
//! A post mentions users in its prose, as Markdown reads it: in no code and no address.

mod keywords;
mod names;
mod prose;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use self::keywords::{KeyedWords, has_keywords};
use self::names::{Mentions, is_at_sign, readings};
use self::prose::prose;
use super::{Chat, ChatError};
use crate::model::{Channel, ChannelId, ChannelKind, MentionAudience, MentionTarget, Post, UserId, folded};

/// In a channel with more members than this, `@channel` and `@here` mention no one.
const MAX_ALL_MEMBERS: usize = 1000;

/// Most bytes of a post's texts in which mentions are read. Texts that would exceed it mention no one.
const MAX_TEXTS: usize = 128 * 1024;

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

    /// Returns the members that a post mentions, except its author.
    pub(super) async fn mentioned(
        &self,
        audience: &MentionAudience,
        post: &Post,
    ) -> Result<Vec<UserId>, ChatError> {
        let mut found: BTreeSet<UserId> = post.added_user().into_iter().collect();
        if is_conversation(audience.kind) {
            found.extend(self.store.channel_member_ids(&post.channel_id).await?);
            return Ok(others(found, post));
        }
        let texts = texts_of(post);
        let has_keywords = audience.particular.iter().any(has_keywords);
        if !has_keywords && !texts.iter().any(|text| text.contains(is_at_sign)) {
            return Ok(others(found, post));
        }
        let prose = prose_of(&texts);
        let mentions = Mentions::of(&prose);
        // A header that names `@channel` must not call all members whenever it changes.
        if (mentions.all_members || mentions.present_members) && !post.kind.is_system() {
            found.extend(self.members_in_general(audience, &post.channel_id, &mentions).await?);
        }
        found.extend(self.members_named(&post.channel_id, &mentions.names).await?);
        if has_keywords {
            let folded = folded(&prose);
            let words = KeyedWords::of(&prose, &folded);
            let mentioned = audience.particular.iter().filter(|target| words.mention(target));
            found.extend(mentioned.map(|target| target.user_id.clone()));
        }
        Ok(others(found, post))
    }

    /// Returns the members whom `@channel`, or only `@here`, mentions.
    async fn members_in_general(
        &self,
        audience: &MentionAudience,
        channel: &ChannelId,
        mentions: &Mentions,
    ) -> Result<Vec<UserId>, ChatError> {
        let mut members = self.store.channel_member_ids(channel).await?;
        if members.len() > MAX_ALL_MEMBERS {
            return Ok(Vec::new());
        }
        let unwilling = audience.particular.iter().filter(|target| !wants_channel_mentions(target));
        let unwilling: HashSet<&UserId> = unwilling.map(|target| &target.user_id).collect();
        members.retain(|member| !unwilling.contains(member));
        if mentions.all_members { Ok(members) } else { self.online_among(members).await }
    }

    /// Returns the channel's members with these names, each name in its best reading.
    async fn members_named(&self, channel: &ChannelId, names: &[String]) -> Result<Vec<UserId>, ChatError> {
        let possible: Vec<&str> = names.iter().flat_map(|name| readings(name)).collect();
        if possible.is_empty() {
            return Ok(Vec::new());
        }
        let members: HashMap<String, UserId> =
            self.store.channel_members_named(channel, &possible).await?.into_iter().collect();
        let best = |name: &String| readings(name).find_map(|reading| members.get(reading).cloned());
        Ok(names.iter().filter_map(best).collect())
    }
}

/// Whether a post mentions one member: the check that [`Chat::mentioned`] makes for all of them. A user who marks posts
/// as unread is there, so `@here` counts.
pub(super) fn mentions_member(channel: &Channel, post: &Post, target: &MentionTarget) -> bool {
    if is_own(post, &target.user_id) {
        return false;
    }
    if is_conversation(channel.kind) || post.added_user().as_ref() == Some(&target.user_id) {
        return true;
    }
    let texts = texts_of(post);
    if !has_keywords(target) && !texts.iter().any(|text| text.contains(is_at_sign)) {
        return false;
    }
    let prose = prose_of(&texts);
    let mentions = Mentions::of(&prose);
    let is_general = (mentions.all_members || mentions.present_members) && !post.kind.is_system();
    mentions.names.iter().any(|name| readings(name).any(|reading| reading == target.username))
        || (is_general && wants_channel_mentions(target))
        || (has_keywords(target) && KeyedWords::of(&prose, &folded(&prose)).mention(target))
}

/// Returns the names that a text mentions, each as the usernames that it can mean, best first.
pub(super) fn names_in(text: &str) -> Vec<Vec<String>> {
    let names = Mentions::of(&prose(text)).names;
    names.iter().map(|name| readings(name).map(str::to_owned).collect()).collect()
}

/// Returns the texts in which a post can mention users: its own, and its attachments' pretexts and texts.
fn texts_of(post: &Post) -> Vec<Cow<'_, str>> {
    let attachments = post
        .props
        .attachments()
        .into_iter()
        .flat_map(|mut one| ["pretext", "text"].map(|name| one.get_mut(name).map(Value::take)));
    let more = attachments.filter_map(|part| match part? {
        Value::String(text) => Some(Cow::Owned(text)),
        _ => None,
    });
    let mut bytes = 0;
    let fits = |text: &Cow<'_, str>| {
        bytes += text.len();
        bytes <= MAX_TEXTS
    };
    std::iter::once(Cow::Borrowed(post.message.as_str())).chain(more).take_while(fits).collect()
}

/// Returns the prose of texts, each read by itself: code that one leaves open does not reach into the next.
fn prose_of(texts: &[Cow<'_, str>]) -> String {
    texts.iter().map(|text| prose(text) + "\n").collect()
}

fn others(mut found: BTreeSet<UserId>, post: &Post) -> Vec<UserId> {
    if found.contains(&post.user_id) && is_own(post, &post.user_id) {
        found.remove(&post.user_id);
    }
    found.into_iter().collect()
}

/// Whether a user wrote a post themselves. A webhook's post counts as another's for its owner.
fn is_own(post: &Post, user: &UserId) -> bool {
    post.user_id == *user && !post.props.contains("from_webhook")
}

pub(super) fn is_conversation(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Direct | ChannelKind::Group)
}

/// Whether `@channel` and `@here` mention a member. In a channel that the member muted, only if they chose so.
fn wants_channel_mentions(target: &MentionTarget) -> bool {
    let setting = |key: &str| target.channel_props.get(key).and_then(Value::as_str);
    let refused = target.notify_props.get("channel").is_some_and(|value| value == "false");
    let ignored = match setting("ignore_channel_mentions") {
        Some("on") => true,
        Some("off") => false,
        _ => setting("mark_unread") == Some("mention"),
    };
    !refused && !ignored
}

/// Whether a character belongs to a script that has no blanks between words, or writes suffixes without one: Thai, Lao,
/// Burmese, Khmer, Chinese, Japanese and Korean. A name or keyword may stand right beside it.
fn is_unspaced(c: char) -> bool {
    c.is_alphanumeric()
        && matches!(c,
            '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
            | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}'
            | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn channel_mentions_can_be_switched_off() {
        for (notify, channel, wanted) in [
            (json!({"channel": "true"}), json!({}), true),
            (json!({"channel": "false"}), json!({}), false),
            (json!({}), json!({"ignore_channel_mentions": "on"}), false),
            (json!({}), json!({"mark_unread": "mention"}), false),
            (json!({}), json!({"mark_unread": "mention", "ignore_channel_mentions": "off"}), true),
            (json!({}), json!({"mark_unread": "mention", "ignore_channel_mentions": "default"}), false),
        ] {
            let target = MentionTarget {
                user_id: "a".repeat(26).parse().unwrap(),
                username: "anna".to_owned(),
                first_name: String::new(),
                notify_props: notify.as_object().unwrap().clone(),
                channel_props: channel.as_object().unwrap().clone(),
            };
            assert_eq!(wants_channel_mentions(&target), wanted, "{notify} {channel}");
        }
    }
}
