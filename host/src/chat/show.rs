//! Posts as readers see them: with what others think of them.

use std::collections::HashMap;

use serde_json::Value;

use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::{ChannelId, Post, PostId, Reaction, Timestamp, User, UserId};

/// Reactions that one answer shows in all; later ones are left out.
const MAX_REACTIONS: i64 = 10_000;

impl Chat {
    /// When an account last looked into a channel; whoever reads it without being in it never did.
    pub async fn last_viewed(
        &self,
        reader: &User,
        of: &UserId,
        channel: &ChannelId,
    ) -> Result<Timestamp, ChatError> {
        rules::manage_account(reader, of)?;
        self.readable_channel(reader, channel).await?;
        let member = self.store.channel_member(channel, of).await?;
        Ok(member.map_or(Timestamp::NEVER, |member| member.last_viewed_at))
    }

    /// The posts on the wire, in this order.
    pub async fn shown(&self, posts: &[Post]) -> Result<Vec<Value>, ChatError> {
        let reacted = posts.iter().filter(|post| post.marks.has_reactions);
        let reacted: Vec<PostId> = reacted.map(|post| post.id.clone()).collect();
        let mut by_post = self.reactions_by_post(&reacted).await?;
        let shown = posts.iter().map(|post| post.wire_with(&by_post.remove(&post.id).unwrap_or_default()));
        Ok(shown.collect())
    }

    /// One post on the wire.
    pub async fn shown_one(&self, post: &Post) -> Result<Value, ChatError> {
        let mut shown = self.shown(std::slice::from_ref(post)).await?;
        Ok(shown.pop().unwrap_or_default())
    }

    pub(super) async fn reactions_by_post(
        &self,
        posts: &[PostId],
    ) -> Result<HashMap<PostId, Vec<Reaction>>, ChatError> {
        let mut by_post: HashMap<PostId, Vec<Reaction>> = HashMap::new();
        if posts.is_empty() {
            return Ok(by_post);
        }
        for reaction in self.store.reactions(posts, MAX_REACTIONS).await? {
            by_post.entry(reaction.post_id.clone()).or_default().push(reaction);
        }
        Ok(by_post)
    }
}
