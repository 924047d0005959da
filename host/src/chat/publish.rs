//! Commit, then tell: the one place where changes become durable and sockets hear of them.

use serde_json::json;

use super::{Chat, ChatError};
use crate::bus::{Audience, Event, Scope};
use crate::model::wire::{self, FileResponse, PostResponse};
use crate::model::{
    Changes, Channel, ChannelKind, Post, PostDeletion, PostId, Reaction, ReactionChange, UserId,
};
use crate::plugin::Committed;
use crate::store::StoreError;

/// Changes of posts that exist, to be announced after their commit.
struct Changed {
    edits: Vec<PostId>,
    reactions: Vec<ReactionChange>,
    deletions: Vec<PostDeletion>,
}

impl Chat {
    /// Commits one unit of work and announces its posts. When this answers, the changes are on disk.
    pub async fn publish(&self, mut changes: Changes) -> Result<(), ChatError> {
        let mentioned = self.mentioned_by(&changes.posts).await?;
        for (post, users) in changes.posts.iter().zip(&mentioned) {
            changes.mentions.extend(users.iter().map(|user| (post.channel_id.clone(), user.clone())));
        }
        // One order for everybody, so that two units of work never wait for each other's rows.
        changes.mentions.sort();
        let silent = self.bus.is_idle();
        let posts: Vec<(PostId, Option<Post>)> =
            changes.posts.iter().map(|post| (post.id.clone(), (!silent).then(|| post.clone()))).collect();
        let with_files: Vec<PostId> = changes.files.iter().map(|(post, _)| post.clone()).collect();
        let ephemeral = changes.ephemeral.clone();
        let changed = Changed {
            edits: changes.edits.iter().map(|edit| edit.id.clone()).collect(),
            reactions: changes.reactions.clone(),
            deletions: changes.deletions.clone(),
        };
        let answers = changes.posts.iter().any(|post| post.root_id.is_some());
        match self.store.commit(changes).await {
            // Its first post is gone, or went meanwhile.
            Err(StoreError::Missing(_)) if answers => return Err(ChatError::BadRoot),
            committed => committed?,
        }
        // The change stands; failing to tell sockets of it must not make the caller try again.
        for ((id, post), mentioned) in posts.into_iter().zip(mentioned) {
            if let Err(error) = self.announce(&id, post, with_files.contains(&id), mentioned).await {
                tracing::warn!(post = %id, error = &error as &dyn std::error::Error, "a post was not announced");
            }
        }
        for (user, post) in &ephemeral {
            self.send_ephemeral(user, post).await;
        }
        if let Err(error) = self.publish_changed(changed).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "changes of posts were not announced");
        }
        Ok(())
    }

    async fn publish_changed(&self, changed: Changed) -> Result<(), ChatError> {
        if self.bus.is_idle() {
            return Ok(());
        }
        for id in &changed.edits {
            if let Some(post) = self.store.post(id).await? {
                self.publish_edit(post).await?;
            }
        }
        for change in changed.reactions {
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
        for PostDeletion { id, at } in &changed.deletions {
            // Another request may have deleted it first, and announced that.
            if let Some(post) = self.store.post(id).await?.filter(|post| post.delete_at == *at) {
                let author = post.user_id.clone();
                self.publish_deletion(post, &author).await;
            }
        }
        Ok(())
    }

    /// Publishes the changes of a plugin call.
    pub async fn commit_call(&self, changes: Changes) -> Result<Committed, ChatError> {
        match self.publish(changes).await {
            Err(ChatError::Store(error)) if error.is_conflict() => Ok(Committed::Conflict),
            published => published.map(|()| Committed::Yes),
        }
    }

    /// Adds posts, with the jobs they cause, to a unit of work.
    pub fn add_posts(&self, changes: &mut Changes, posts: Vec<Post>) {
        let added = self.changes(posts);
        changes.posts.extend(added.posts);
        changes.jobs.extend(added.jobs);
    }

    /// `post` is none when nobody listened before it was on disk.
    async fn announce(
        &self,
        id: &PostId,
        post: Option<Post>,
        has_files: bool,
        mentioned: Vec<UserId>,
    ) -> Result<(), ChatError> {
        if self.bus.is_idle() {
            return Ok(());
        }
        let post = match post {
            Some(post) => post,
            // Whoever came meanwhile may have read the channel before it was there.
            None => self.store.post(id).await?.ok_or(ChatError::NotFound("post"))?,
        };
        let Some(channel) = self.store.channel(&post.channel_id).await? else { return Ok(()) };
        let author = self.store.user(&post.user_id).await?;
        // What people say of their own name is not believed; nor can they say that a webhook or a plugin speaks.
        let dressed = ["from_webhook", "from_plugin"].iter().any(|key| post.props.contains_key(*key));
        let sender = match post.props.get("override_username").and_then(|name| name.as_str()) {
            Some(name) if dressed && channel.kind != ChannelKind::Direct => name.to_owned(),
            _ => format!("@{}", author.map(|user| user.username).unwrap_or_default()),
        };
        let event =
            posted(&self.render_new_post(post, has_files).await?, &channel, &sender).mentioning(mentioned);
        self.bus.publish(event, Audience::Channel(channel.id)).await;
        Ok(())
    }

    /// Shows a post to one person, and keeps it nowhere.
    async fn send_ephemeral(&self, user: &UserId, post: &Post) {
        let scope = Scope {
            user_id: Some(user.clone()),
            channel_id: Some(post.channel_id.clone()),
            ..Scope::default()
        };
        let data = json!({"post": wire::text(&PostResponse::from(post.clone()))});
        let event = Event::new("ephemeral_message", &data, &scope);
        self.bus.publish(event, Audience::User(user.clone())).await;
    }
}

/// `post`: as the wire shows it.
fn posted(post: &PostResponse, channel: &Channel, sender: &str) -> Event {
    let mut data = json!({
        "channel_type": channel.kind.letter(),
        "channel_display_name": channel.display_name,
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
