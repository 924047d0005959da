//! Posts that a user reads: one, several by id, and those they flagged. A hidden post is refused; a use of it is
//! refused as that of an unknown one.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::channels::ChannelFacts;
use super::{Chat, ChatError};
use crate::access::{AccountAccess, rules};
use crate::model::wire::PostInfoResponse;
use crate::model::{ChannelId, ChannelKind, Kind, LIST_BYTES, Post, PostId, TeamId, User, is_full};

impl Chat {
    /// Returns a post that the user may look up, because they see its channel.
    pub async fn visible_post(&self, reader: &User, id: &PostId) -> Result<Post, ChatError> {
        let post = self.store.post(id).await?.ok_or(ChatError::NotFound(Kind::Post))?;
        self.visible_channel(reader, &post.channel_id).await.map(|_| post)
    }

    /// As [`Chat::visible_post`], also for a deleted post: without its content, which is gone.
    pub async fn visible_post_or_deleted(&self, reader: &User, id: &PostId) -> Result<Post, ChatError> {
        let post = self.store.post_or_deleted(id).await?.ok_or(ChatError::NotFound(Kind::Post))?;
        self.visible_channel(reader, &post.channel_id).await.map(|_| post)
    }

    /// Returns a post of a channel that the user is in, to read what belongs to it.
    pub async fn readable_post(&self, reader: &User, id: &PostId) -> Result<Post, ChatError> {
        let (post, facts) = self.post_in_sight(reader, id).await?;
        rules::use_post(reader, facts.mine.as_deref())?;
        Ok(post)
    }

    /// Returns a post that the user wants to use, with the facts for the rules.
    pub(super) async fn post_in_sight(
        &self,
        user: &User,
        id: &PostId,
    ) -> Result<(Post, ChannelFacts), ChatError> {
        if let Some(post) = self.store.post(id).await?
            && let Some(facts) = self.facts_in_sight(user, &post.channel_id).await?
        {
            return Ok((post, facts));
        }
        Err(rules::no_post(user).into())
    }

    /// Returns where a post is, for a user who may look it up, or who may join its team and its public channel.
    pub async fn post_info(&self, user: &User, id: &PostId) -> Result<PostInfoResponse, ChatError> {
        let unknown = || ChatError::NotFound(Kind::Post);
        let post = self.store.post(id).await?.ok_or_else(unknown)?;
        let channel = self.channel(&post.channel_id).await?;
        let mine = self.store.channel_membership(&channel.id, &user.id).await?;
        let member = self.team_membership(&channel, user).await?;
        let team = match &channel.team_id {
            Some(team) => self.store.team(team).await?,
            None => None,
        };
        let is_open = channel.kind == ChannelKind::Public && team.as_ref().is_some_and(|team| team.open);
        let may_join = is_open && !rules::is_guest(user);
        if !may_join && !rules::sees_channel(user, &channel, mine.as_deref(), member.as_ref()) {
            return Err(unknown());
        }
        Ok(PostInfoResponse::new(channel, team, mine.is_some(), member.is_some()))
    }

    /// Returns the posts among these that exist and that the user may look up, in this order, each once. Refuses ids of
    /// more posts than a response may hold, and ids of which none is that of a post.
    pub async fn visible_posts(&self, reader: &User, ids: &[PostId]) -> Result<Vec<Post>, ChatError> {
        let found = self.store.posts_by_id(ids).await?;
        if found.is_empty() {
            return Err(ChatError::NotFound(Kind::Post));
        }
        if is_full(&found) {
            let reason = format!("the posts have more than {LIST_BYTES} bytes together; name fewer at once");
            return Err(ChatError::Invalid { kind: Kind::Request, field: "post_ids", reason });
        }
        let mut by_id: HashMap<PostId, Post> =
            found.into_iter().map(|post| (post.id.clone(), post)).collect();
        self.visible_among(reader, ids.iter().filter_map(|id| by_id.remove(id)).collect()).await
    }

    /// Returns those of these posts that the user may look up.
    async fn visible_among(&self, reader: &User, mut found: Vec<Post>) -> Result<Vec<Post>, ChatError> {
        let channels: BTreeSet<&ChannelId> = found.iter().map(|post| &post.channel_id).collect();
        let channels: Vec<ChannelId> = channels.into_iter().cloned().collect();
        let seen = self.store.seen_among(&reader.id, rules::sight(reader), &channels).await?;
        let seen: HashSet<ChannelId> = seen.into_iter().collect();
        found.retain(|post| seen.contains(&post.channel_id));
        Ok(found)
    }

    /// Returns a page of the posts that an account flagged, newest first.
    pub async fn flagged(
        &self,
        account: &AccountAccess,
        channel: Option<&ChannelId>,
        team: Option<&TeamId>,
        page: (i64, i64),
    ) -> Result<Vec<Post>, ChatError> {
        let posts = self.store.flagged_posts(account.id(), channel, team, page).await?;
        if account.is_own() {
            return Ok(posts);
        }
        self.visible_among(account.caller(), posts).await
    }
}
