//! Posts as readers see them: with the files they carry and what others think of them.

mod names;

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::{ChannelId, Emoji, FileInfo, Post, PostId, Reaction, TeamId, Timestamp, User, UserId};

/// Reactions that one answer shows in all; later ones are left out.
const MAX_REACTIONS: i64 = 10_000;

/// Custom emoji that one answer describes in all. Clients ask for others by name.
const MAX_EMOJI: usize = 200;

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

    /// A page of what somebody flagged, newest first.
    pub async fn flagged(
        &self,
        reader: &User,
        of: &UserId,
        channel: Option<&ChannelId>,
        team: Option<&TeamId>,
        page: (i64, i64),
    ) -> Result<Vec<Post>, ChatError> {
        rules::manage_account(reader, of)?;
        let posts = self.store.flagged_posts(of, channel, team, page).await?;
        if &reader.id == of {
            return Ok(posts);
        }
        let ids: Vec<PostId> = posts.into_iter().map(|post| post.id).collect();
        self.readable_posts(reader, &ids).await
    }

    /// The posts on the wire, in this order.
    pub async fn render_posts(&self, posts: &[Post]) -> Result<Vec<Value>, ChatError> {
        let reacted = posts.iter().filter(|post| post.marks.has_reactions);
        let reacted: Vec<PostId> = reacted.map(|post| post.id.clone()).collect();
        let by_post = self.reactions_by_post(&reacted).await?;
        let shown = posts.iter().map(|post| post.wire_with(by_post.get(&post.id).map_or(&[], Vec::as_slice)));
        let mut shown: Vec<Value> = shown.collect();
        self.show_files(posts, &mut shown).await?;
        self.show_emoji(posts, &by_post, &mut shown).await?;
        Ok(shown)
    }

    /// A post just made, on the wire: there is nothing to look for when it carries no files.
    pub async fn render_new_post(&self, post: &Post, has_files: bool) -> Result<Value, ChatError> {
        if has_files || post.marks.has_reactions || customs(post, &[]).next().is_some() {
            return self.render_post(post).await;
        }
        Ok(post.wire_with(&[]))
    }

    /// One post on the wire.
    pub async fn render_post(&self, post: &Post) -> Result<Value, ChatError> {
        let mut shown = self.render_posts(std::slice::from_ref(post)).await?;
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

    /// Describes the custom emoji of each post in its object on the wire.
    async fn show_emoji(
        &self,
        posts: &[Post],
        reactions: &HashMap<PostId, Vec<Reaction>>,
        shown: &mut [Value],
    ) -> Result<(), ChatError> {
        let of = |post: &Post| reactions.get(&post.id).map_or(&[][..], Vec::as_slice);
        let named: BTreeSet<&str> = posts.iter().flat_map(|post| customs(post, of(post))).collect();
        if named.is_empty() {
            return Ok(());
        }
        let named: Vec<String> = named.into_iter().take(MAX_EMOJI).map(str::to_owned).collect();
        let found = self.store.emoji_named(&named).await?;
        for (post, shown) in posts.iter().zip(shown) {
            let own: BTreeSet<&str> = customs(post, of(post)).collect();
            let own = found.iter().filter(|emoji| own.contains(emoji.name.as_str()));
            let own: Vec<Value> = own.map(Emoji::wire).collect();
            if !own.is_empty() {
                shown["metadata"]["emojis"] = own.into();
            }
        }
        Ok(())
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

/// What could be custom emoji in a post's text and among its reactions.
fn customs<'p>(post: &'p Post, reactions: &'p [Reaction]) -> impl Iterator<Item = &'p str> {
    let reacted = reactions.iter().map(|reaction| reaction.emoji_name.as_str());
    names::names(&post.message).chain(reacted).filter(|name| emojis::get_by_shortcode(name).is_none())
}
