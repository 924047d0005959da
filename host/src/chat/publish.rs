//! Commit, then publish: the only place where posts become durable and are delivered to sockets.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::json;

use super::followers::RepliedThread;
use super::{Chat, ChatError};
use crate::bus::{Audience, Event, Scope};
use crate::model::wire::{self, FileResponse, PostResponse};
use crate::model::{
    Changes, Channel, ChannelId, ChannelKind, Kind, Mention, Post, PostDeletion, PostId, Reaction,
    ReactionChange, Timestamp, User, UserId,
};
use crate::plugin::CommitResult;
use crate::store::StoreError;

/// Who notifications say sent a message of the server.
const SERVER_NAME: &str = "System";

/// Publishes the posts of one unit of work. Data that they share is read once.
struct Publication<'c> {
    chat: &'c Chat,
    channels: HashMap<ChannelId, Channel>,
    usernames: HashMap<UserId, String>,
    /// The posts that were committed with files.
    with_files: HashSet<PostId>,
    /// The threads in which there are new replies.
    threads: BTreeMap<PostId, RepliedThread>,
}

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

impl<'c> Publication<'c> {
    fn new(chat: &'c Chat) -> Self {
        Self {
            chat,
            channels: HashMap::new(),
            usernames: HashMap::new(),
            with_files: HashSet::new(),
            threads: BTreeMap::new(),
        }
    }

    /// Keeps an author and a channel that the caller has read already.
    fn know(&mut self, author: &User, channel: &Channel) {
        self.usernames.insert(author.id.clone(), author.username.clone());
        self.channels.insert(channel.id.clone(), channel.clone());
    }

    /// Reads the threads of new replies. None of them is read for a post that no connected user sees.
    async fn read_threads(&mut self, posts: &[(PostId, Option<Post>)], mentioned: &[Vec<UserId>]) {
        let replies = posts.iter().zip(mentioned);
        let replies: Vec<(&Post, &[UserId])> =
            replies.filter_map(|((_, post), users)| Some((post.as_ref()?, users.as_slice()))).collect();
        match self.chat.replied_threads(&replies).await {
            Ok(threads) => self.threads = threads,
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "threads were not read"),
        }
    }

    /// Publishes the threads with new replies to their followers.
    async fn publish_threads(&mut self) {
        for (id, thread) in std::mem::take(&mut self.threads) {
            let published = match self.channel(&thread.root.channel_id).await {
                Ok(channel) => self.chat.publish_replied(thread, &channel).await,
                Err(error) => Err(error),
            };
            if let Err(error) = published {
                tracing::warn!(post = %id, error = &error as &dyn std::error::Error, "a thread was not published");
            }
        }
    }

    /// `post` is None if no user was connected before the commit.
    async fn publish(
        &mut self,
        id: &PostId,
        post: Option<Post>,
        mentioned: Vec<UserId>,
    ) -> Result<(), ChatError> {
        if self.chat.bus.is_idle() {
            return Ok(());
        }
        let post = match post {
            Some(post) => post,
            // A client that connected during the commit may have read the channel before it contained the post.
            None => self.chat.store.post(id).await?.ok_or(ChatError::NotFound(Kind::Post))?,
        };
        let channel = self.channel(&post.channel_id).await?;
        let author = format!("@{}", self.username(&post.user_id).await?);
        let is_direct = channel.kind == ChannelKind::Direct;
        let sender = match override_username(&post).filter(|_| !is_direct) {
            _ if post.kind.is_system() => SERVER_NAME.to_owned(),
            Some(name) => name,
            None => author.clone(),
        };
        // A direct channel has no name of its own: notifications show its author.
        let channel_name = if is_direct { &author } else { &channel.display_name };
        let thread = post.root_id.as_ref().and_then(|root| self.threads.get(root));
        let count = thread.map(|thread| thread.root.reply_count);
        let followers = thread.map(|thread| thread.followers_except(&post.user_id)).unwrap_or_default();
        let mut rendered = self.chat.render_new_post(post, self.with_files.contains(id)).await?;
        self.chat.add_own_preview(&mut rendered, &channel.id).await?;
        if let Some(count) = count {
            rendered = rendered.with_reply_count(count);
        }
        let event = posted_event(&rendered, &channel, channel_name, &sender);
        let event = event.mentioning(mentioned).followed_by(followers);
        self.chat.bus.publish(event, Audience::Channel(channel.id)).await;
        Ok(())
    }

    async fn channel(&mut self, id: &ChannelId) -> Result<Channel, ChatError> {
        if !self.channels.contains_key(id) {
            self.channels.insert(id.clone(), self.chat.channel(id).await?);
        }
        Ok(self.channels[id].clone())
    }

    async fn username(&mut self, id: &UserId) -> Result<&str, ChatError> {
        if !self.usernames.contains_key(id) {
            let author = self.chat.store.user(id).await?;
            self.usernames.insert(id.clone(), author.map(|user| user.username).unwrap_or_default());
        }
        Ok(&self.usernames[id])
    }
}

/// Returns the name that a webhook or a plugin posts under. Users cannot set another name for their own posts.
fn override_username(post: &Post) -> Option<String> {
    post.props.text("override_username").filter(|_| is_integration(post))
}

/// Whether a webhook or a plugin made the post.
fn is_integration(post: &Post) -> bool {
    ["from_webhook", "from_plugin"].iter().any(|key| post.props.contains(key))
}

/// `post` is in its wire form, `channel_name` what notifications call the channel.
fn posted_event(post: &PostResponse, channel: &Channel, channel_name: &str, sender: &str) -> Event {
    let mut data = json!({
        "channel_type": channel.kind.letter(),
        "channel_display_name": channel_name,
        "channel_name": channel.name,
        "sender_name": sender,
        "team_id": channel.team_id.as_ref().map_or("", |id| id.as_str()),
        "set_online": true,
        "post": wire::text(post),
    });
    if !post.files().is_empty() {
        data["otherFile"] = json!("true");
    }
    if post.files().iter().any(FileResponse::is_picture) {
        data["image"] = json!("true");
    }
    Event::new("posted", &data, &Scope { channel_id: Some(channel.id.clone()), ..Scope::default() })
}
