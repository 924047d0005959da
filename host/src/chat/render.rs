//! Posts in their wire form, with their files, reactions and custom emoji.

mod emoji_names;
mod threads;

use std::collections::{BTreeSet, HashMap};

use super::{Chat, ChatError};
use crate::model::wire::{CustomEmojiResponse, FileResponse, PostResponse};
use crate::model::{Emoji, Kind, Post, PostId, Reaction};

/// Most reactions in one response. Later ones are left out.
const MAX_REACTIONS: i64 = 10_000;

/// Most files described in one response. Of a post beyond it, clients get the ids, and request the descriptions.
const MAX_FILES: usize = 2000;

/// Most custom emoji described in one response, and how often in total. Clients look up others by name.
const MAX_EMOJI: usize = 200;
const MAX_EMOJI_USES: usize = 2000;

impl Chat {
    /// Renders posts in their wire form, in this order.
    pub async fn render_posts(&self, posts: Vec<Post>) -> Result<Vec<PostResponse>, ChatError> {
        let reacted = posts.iter().filter(|post| post.marks.has_reactions);
        let reacted: Vec<PostId> = reacted.map(|post| post.id.clone()).collect();
        let mut reactions = self.reactions_by_post(&reacted).await?;
        let mut files = self.files_by_post(&posts).await?;
        let emoji = self.emoji_in(&posts, &reactions).await?;
        let (mut uses, mut described) = (MAX_EMOJI_USES, MAX_FILES);
        let render = |post: Post| {
            let reactions = reactions.remove(&post.id).unwrap_or_default();
            let mut files = files.remove(&post.id).unwrap_or_default();
            let file_ids = files.iter().map(|file| file.id().clone()).collect();
            if files.len() > described {
                files.clear();
            }
            described -= files.len();
            let own: BTreeSet<&str> = custom_emoji(&post, &reactions).collect();
            let own = emoji.iter().filter(|emoji| own.contains(emoji.name.as_str()));
            let own: Vec<CustomEmojiResponse> =
                own.take(uses).cloned().map(CustomEmojiResponse::from).collect();
            uses -= own.len();
            let rendered = PostResponse::from(post).with_file_ids(file_ids).with_files(files);
            rendered.with_reactions(reactions).with_emoji(own)
        };
        Ok(posts.into_iter().map(render).collect())
    }

    /// Renders a new post in its wire form. Without files and custom emoji, nothing is read.
    pub async fn render_new_post(&self, post: Post, has_files: bool) -> Result<PostResponse, ChatError> {
        if has_files || post.marks.has_reactions || custom_emoji(&post, &[]).next().is_some() {
            return self.render_post(post).await;
        }
        Ok(post.into())
    }

    /// Renders one post in its wire form.
    pub async fn render_post(&self, post: Post) -> Result<PostResponse, ChatError> {
        let mut rendered = self.render_posts(vec![post]).await?;
        rendered.pop().ok_or(ChatError::NotFound(Kind::Post))
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

    /// Returns the custom emoji that these posts and their reactions name.
    async fn emoji_in(
        &self,
        posts: &[Post],
        reactions: &HashMap<PostId, Vec<Reaction>>,
    ) -> Result<Vec<Emoji>, ChatError> {
        let of = |post: &Post| reactions.get(&post.id).map_or(&[][..], Vec::as_slice);
        let named: BTreeSet<&str> = posts.iter().flat_map(|post| custom_emoji(post, of(post))).collect();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let named: Vec<String> = named.into_iter().take(MAX_EMOJI).map(str::to_owned).collect();
        Ok(self.store.emoji_named(&named).await?)
    }

    async fn files_by_post(&self, posts: &[Post]) -> Result<HashMap<PostId, Vec<FileResponse>>, ChatError> {
        let ids: Vec<PostId> = posts.iter().map(|post| post.id.clone()).collect();
        let mut by_post: HashMap<PostId, Vec<FileResponse>> = HashMap::new();
        for file in self.store.files_of(&ids).await? {
            if let Some(post) = file.post_id.clone() {
                by_post.entry(post).or_default().push(file.into());
            }
        }
        Ok(by_post)
    }
}

/// Returns the names in a post's text and reactions that are not standard emoji, so they may be custom ones.
fn custom_emoji<'p>(post: &'p Post, reactions: &'p [Reaction]) -> impl Iterator<Item = &'p str> {
    let reacted = reactions.iter().map(|reaction| reaction.emoji_name.as_str());
    emoji_names::emoji_names(&post.message)
        .chain(reacted)
        .filter(|name| emojis::get_by_shortcode(name).is_none())
}
