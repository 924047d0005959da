//! Posts as readers see them: with the files they carry and what others think of them.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::{ChannelId, FileInfo, Post, PostId, Reaction, Timestamp, User, UserId};

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
        let mut shown: Vec<Value> = shown.collect();
        self.show_files(posts, &mut shown).await?;
        Ok(shown)
    }

    /// A post just made, on the wire: there is nothing to look for when it carries no files.
    pub async fn shown_new(&self, post: &Post, has_files: bool) -> Result<Value, ChatError> {
        if has_files || post.marks.has_reactions {
            return self.shown_one(post).await;
        }
        Ok(post.wire_with(&[]))
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

    /// Adds each post's files to its object on the wire.
    async fn show_files(&self, posts: &[Post], shown: &mut [Value]) -> Result<(), ChatError> {
        let ids: Vec<PostId> = posts.iter().map(|post| post.id.clone()).collect();
        let mut by_post: HashMap<PostId, Vec<FileInfo>> = HashMap::new();
        for file in self.store.files_of(&ids).await? {
            if let Some(post) = file.post_id.clone() {
                by_post.entry(post).or_default().push(file);
            }
        }
        for (post, shown) in posts.iter().zip(shown) {
            if let Some(files) = by_post.remove(&post.id) {
                shown["file_ids"] = json!(files.iter().map(|file| &file.id).collect::<Vec<_>>());
                shown["metadata"]["files"] = files.iter().map(FileInfo::wire).collect();
            }
        }
        Ok(())
    }
}
