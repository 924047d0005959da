//! Commit, then publish: the only place where posts become durable and are delivered to sockets.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;

use super::publication::{Publication, is_integration};
use super::{Chat, ChatError};
use crate::model::wire::{self, PostResponse};
use crate::model::{
    Changes, Channel, Mention, Post, PostDeletion, PostId, Reaction, ReactionChange, Timestamp, User, UserId,
};
use crate::plugin::CommitResult;
use crate::store::StoreError;

/// Changes of existing posts that are published after their commit.
struct PostUpdates {
    edits: Vec<PostId>,
    reactions: Vec<ReactionChange>,
    /// With each post as it was before. None where no user was connected then.
    deletions: Vec<(PostDeletion, Option<Post>)>,
}

impl Chat {
    /// Commits one unit of work and publishes its posts. When it returns, the changes are on disk.
    pub async fn publish(&self, changes: Changes) -> Result<(), ChatError> {
        self.commit(changes, Publication::new(self)).await
    }

    /// As [`Chat::publish`], for posts whose author and channel the caller has read already.
    pub async fn publish_from(
        &self,
        author: &User,
        channel: &Channel,
        changes: Changes,
    ) -> Result<(), ChatError> {
        let mut publication = Publication::new(self);
        publication.know(author, channel);
        self.commit(changes, publication).await
    }

    /// Commits the changes of a plugin call and publishes them. `known` are the caller's author and channel, if it has
    /// read them already.
    pub async fn commit_call(
        &self,
        known: Option<(&User, &Channel)>,
        changes: Changes,
    ) -> Result<CommitResult, ChatError> {
        let published = match known {
            Some((author, channel)) => self.publish_from(author, channel, changes).await,
            None => self.publish(changes).await,
        };
        match published {
            Err(ChatError::Store(error)) if error.is_conflict() => Ok(CommitResult::Conflict),
            published => published.map(|()| CommitResult::Yes),
        }
    }

    /// Publishes messages of the server that were committed with a change of their channel, and whom each mentions.
    pub(super) async fn publish_committed(
        &self,
        author: &User,
        channel: &Channel,
        posts: impl IntoIterator<Item = (Post, Vec<UserId>)>,
    ) {
        let mut publication = Publication::new(self);
        publication.know(author, channel);
        for (post, mentioned) in posts {
            let id = post.id.clone();
            if let Err(error) = publication.publish(&id, Some(post), mentioned).await {
                tracing::warn!(post = %id, error = &error as &dyn std::error::Error, "a post was not published");
            }
        }
    }

    /// Adds to a unit of work whom its posts mention, and returns them, in the posts' order.
    pub(super) async fn count_mentions(&self, changes: &mut Changes) -> Result<Vec<Vec<UserId>>, ChatError> {
        let mentioned = self.mentioned_by(&changes.posts).await?;
        for (post, users) in changes.posts.iter().zip(&mentioned) {
            changes.mentions.extend(users.iter().map(|user| Mention::by(post, user)));
        }
        // All units of work use the same order, so that no two deadlock on their rows.
        changes.mentions.sort();
        Ok(mentioned)
    }

    async fn commit(&self, mut changes: Changes, mut publication: Publication<'_>) -> Result<(), ChatError> {
        // A user's post has its links already, because the response shows them too.
        if changes.posts.iter().any(is_integration) {
            self.set_links(&mut changes.posts).await?;
        }
        let mentioned = self.count_mentions(&mut changes).await?;
        changes.follows = self.new_followers(&changes.posts, &mentioned).await?;
        self.add_deliveries(&mut changes, &mut publication).await?;
        let idle = self.bus.is_idle();
        let posts: Vec<(PostId, Option<Post>)> =
            changes.posts.iter().map(|post| (post.id.clone(), (!idle).then(|| post.clone()))).collect();
        publication.with_files = changes.files.iter().map(|(post, _)| post.clone()).collect();
        let ephemeral = changes.ephemeral.clone();
        let updates = PostUpdates {
            edits: changes.edits.iter().map(|edit| edit.id.clone()).collect(),
            reactions: changes.reactions.clone(),
            deletions: self.posts_to_delete(&changes.deletions).await?,
        };
        let made: BTreeSet<&PostId> = changes.posts.iter().map(|post| &post.id).collect();
        let roots = changes.posts.iter().filter_map(|post| post.root_id.as_ref());
        let roots: BTreeSet<PostId> = roots.filter(|root| !made.contains(root)).cloned().collect();
        match self.store.commit(changes).await {
            Err(error @ StoreError::Missing(_)) => return Err(self.missing(error, &roots).await),
            committed => committed?,
        }
        // The change is committed: a failure to publish it must not make the caller retry.
        publication.read_threads(&posts, &mentioned).await;
        for ((id, post), mentioned) in posts.into_iter().zip(mentioned) {
            if let Err(error) = publication.publish(&id, post, mentioned).await {
                tracing::warn!(post = %id, error = &error as &dyn std::error::Error, "a post was not published");
            }
        }
        publication.publish_threads().await;
        for (user, post) in &ephemeral {
            self.send_ephemeral(user, post).await;
        }
        if let Err(error) = self.publish_updates(updates).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "changes of posts were not published");
        }
        Ok(())
    }

    async fn publish_updates(&self, updates: PostUpdates) -> Result<(), ChatError> {
        if self.bus.is_idle() {
            return Ok(());
        }
        for id in &updates.edits {
            if let Some(post) = self.store.post(id).await? {
                self.publish_edit(post).await?;
            }
        }
        for change in updates.reactions {
            let (reaction, name) = match change {
                ReactionChange::Add { reaction, .. } => (reaction, "reaction_added"),
                ReactionChange::Remove { post_id, user_id, emoji_name, at } => {
                    (Reaction { post_id, user_id, emoji_name, create_at: at }, "reaction_removed")
                }
            };
            if let Some(post) = self.store.post(&reaction.post_id).await? {
                self.publish_reaction(&post, &reaction, name).await;
            }
        }
        for (PostDeletion { id, at, .. }, before) in updates.deletions {
            // Another request may have deleted it first, and published that.
            if let Some(post) = self.store.post_or_deleted(&id).await?.filter(|post| post.delete_at == at) {
                let author = post.user_id.clone();
                self.publish_deletion(before.unwrap_or(post), &author).await;
            }
        }
        Ok(())
    }

    /// Returns deletions with the posts that they delete, for the sockets.
    async fn posts_to_delete(
        &self,
        deletions: &[PostDeletion],
    ) -> Result<Vec<(PostDeletion, Option<Post>)>, ChatError> {
        let ids: Vec<PostId> = deletions.iter().map(|deletion| deletion.id.clone()).collect();
        let posts = if ids.is_empty() || self.bus.is_idle() {
            Vec::new()
        } else {
            self.store.posts_by_id(&ids).await?
        };
        let mut posts: HashMap<PostId, Post> =
            posts.into_iter().map(|post| (post.id.clone(), post)).collect();
        Ok(deletions.iter().map(|deletion| (deletion.clone(), posts.remove(&deletion.id))).collect())
    }

    /// Returns why rows that the changes refer to are missing: a thread's first post may have been deleted meanwhile.
    async fn missing(&self, error: StoreError, roots: &BTreeSet<PostId>) -> ChatError {
        for root in roots {
            match self.store.post(root).await {
                Ok(Some(_)) => {}
                Ok(None) => return ChatError::BadRoot,
                Err(error) => return error.into(),
            }
        }
        error.into()
    }

    /// Sends a post to one user without storing it.
    pub(super) async fn send_ephemeral(&self, user: &UserId, post: &Post) {
        // Nothing updates a post that is not stored.
        let shown = Post { update_at: Timestamp::NEVER, ..post.clone() };
        let data = json!({"post": wire::text(&PostResponse::from(shown))});
        self.publish_to_user_in(user, &post.channel_id, "ephemeral_message", &data).await;
    }
}
