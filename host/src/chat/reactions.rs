//! Reactions to posts.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Chat, ChatError};
use crate::access::{AccountAccess, rules};
use crate::model::wire::{self, ReactionResponse};
use crate::model::{ChannelId, EmojiName, Kind, MAX_EMOJI_PER_POST, Post, PostId, Reaction, User, UserId};
use crate::store::ReactionOutcome;

impl Chat {
    /// Adds a reaction to a post. Changes nothing if it exists. Returns the reaction and its post.
    pub async fn react(
        &self,
        user: &User,
        reactor: &UserId,
        id: &PostId,
        emoji: EmojiName,
    ) -> Result<(Reaction, Post), ChatError> {
        rules::react_as(user, reactor)?;
        let post = self.post_to_react_to(user, id).await?;
        let (post_id, create_at) = (post.id.clone(), self.clock.stamp());
        let reaction = Reaction { post_id, user_id: reactor.clone(), emoji_name: emoji, create_at };
        match self.store.add_reaction(reaction.clone(), MAX_EMOJI_PER_POST).await? {
            ReactionOutcome::Added => {
                self.publish_reaction(&post, &reaction, "reaction_added").await;
                Ok((reaction, post))
            }
            ReactionOutcome::Existing(reaction) => Ok((reaction, post)),
            ReactionOutcome::Full => Err(ChatError::TooManyEmoji { limit: MAX_EMOJI_PER_POST }),
            ReactionOutcome::NoPost => Err(ChatError::NotFound(Kind::Post)),
        }
    }

    /// Removes a reaction. Succeeds if it does not exist.
    pub async fn unreact(
        &self,
        account: &AccountAccess,
        id: &PostId,
        emoji: EmojiName,
    ) -> Result<(), ChatError> {
        let reactor = account.id();
        let post = self.post_to_react_to(account.caller(), id).await?;
        let at = self.clock.stamp();
        if self.store.remove_reaction(post.id.clone(), reactor.clone(), emoji.clone(), at).await? {
            let post_id = post.id.clone();
            let reaction = Reaction { post_id, user_id: reactor.clone(), emoji_name: emoji, create_at: at };
            self.publish_reaction(&post, &reaction, "reaction_removed").await;
        }
        Ok(())
    }

    /// Returns the reactions to these posts with their channels. The user must be able to read each of them.
    pub async fn reactions(
        &self,
        reader: &User,
        ids: &[PostId],
    ) -> Result<Vec<(PostId, ChannelId, Vec<Reaction>)>, ChatError> {
        let ids: Vec<PostId> = ids.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let channels = self.store.channels_of_posts(&ids).await?;
        if channels.len() < ids.len() {
            return Err(rules::no_post(reader).into());
        }
        let named: BTreeSet<&ChannelId> = channels.iter().map(|(_, channel)| channel).collect();
        let named: Vec<ChannelId> = named.into_iter().cloned().collect();
        if self.store.joined_among(&reader.id, &named).await?.len() < named.len() {
            rules::use_post(reader, None)?;
        }
        let mut by_post = self.reactions_by_post(&ids).await?;
        let with_reactions = channels.into_iter().map(|(post, channel)| {
            let reactions = by_post.remove(&post).unwrap_or_default();
            (post, channel, reactions)
        });
        Ok(with_reactions.collect())
    }

    async fn post_to_react_to(&self, user: &User, id: &PostId) -> Result<Post, ChatError> {
        let post = self.readable_post(user, id).await?;
        self.postable_channel(user, &post.channel_id, None).await?;
        Ok(post)
    }

    pub(super) async fn publish_reaction(&self, post: &Post, reaction: &Reaction, name: &'static str) {
        let is_removed = name == "reaction_removed";
        let reaction = ReactionResponse::new(reaction.clone(), &post.channel_id);
        let reaction = if is_removed { reaction.removed() } else { reaction };
        let data = json!({"reaction": wire::text(&reaction)});
        self.publish_to_channel(&post.channel_id, name, &data).await;
    }
}
