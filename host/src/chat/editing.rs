//! Posts that exist: edited, pinned, deleted.

use serde_json::{Map, Value, json};

use super::posting::check_said;
use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::wire::{self, PostResponse};
use crate::model::{Post, PostEdit, PostId, SPEAKER_PROPS, User, UserId};

/// What somebody wants a post to be. What is None stays.
#[derive(Debug, Clone, Default)]
pub struct PostChange {
    pub message: Option<String>,
    pub props: Option<Map<String, Value>>,
    pub is_pinned: Option<bool>,
}

impl Chat {
    /// Changes a post: how it is then, on the wire.
    pub async fn edit(
        &self,
        user: &User,
        id: &PostId,
        change: PostChange,
    ) -> Result<PostResponse, ChatError> {
        let post = self.readable_post(user, id).await?;
        let channel = self.channel(&post.channel_id).await?;
        let member = self.store.channel_member(&channel.id, &user.id).await?;
        rules::edit_post(user, &post, &channel, member.as_ref())?;
        if post.kind.is_system() {
            let reason = "it is a message of the server's own".to_owned();
            return Err(ChatError::Invalid { field: "post_id", reason });
        }
        let props = change.props.map(|props| with_kept(props, &post));
        let message = change.message.filter(|message| *message != post.message);
        let said = (message.as_ref().unwrap_or(&post.message), props.as_ref().unwrap_or(&post.props));
        // Files say enough by themselves.
        let is_bare = said.0.trim().is_empty() && said.1.is_empty();
        if !is_bare || self.store.files_of(std::slice::from_ref(&post.id)).await?.is_empty() {
            check_said(said.0, said.1)?;
        }
        let is_edited = message.is_some();
        let is_pinned = change.is_pinned;
        self.change(PostEdit { id: post.id, message, props, is_pinned, at: self.clock.now(), is_edited })
            .await
    }

    /// Pins a post for its channel, or takes the pin away.
    pub async fn pin(&self, user: &User, id: &PostId, is_pinned: bool) -> Result<(), ChatError> {
        let post = self.readable_post(user, id).await?;
        let channel = self.channel(&post.channel_id).await?;
        let member = self.store.channel_member(&channel.id, &user.id).await?;
        rules::post_in(user, &channel, member.as_ref())?;
        if post.is_pinned != is_pinned {
            let (id, at, is_pinned) = (post.id, self.clock.now(), Some(is_pinned));
            self.change(PostEdit { id, message: None, props: None, is_pinned, at, is_edited: false }).await?;
        }
        Ok(())
    }

    /// Deletes a post, and the whole thread with its first post.
    pub async fn delete(&self, user: &User, id: &PostId) -> Result<(), ChatError> {
        let post = self.readable_post(user, id).await?;
        let channel = self.channel(&post.channel_id).await?;
        let member = self.store.channel_member(&channel.id, &user.id).await?;
        let team = self.team_membership(&channel, user).await?;
        rules::delete_post(user, &post, &channel, member.as_ref(), team.as_ref())?;
        let deleted = self.store.delete_post(post.id, self.clock.now()).await?;
        let post = deleted.ok_or(ChatError::NotFound("post"))?;
        self.publish_deletion(post, &user.id).await;
        Ok(())
    }

    async fn change(&self, edit: PostEdit) -> Result<PostResponse, ChatError> {
        let post = self.store.edit_post(edit).await?.ok_or(ChatError::NotFound("post"))?;
        self.publish_edit(post).await
    }

    /// Returns the post on the wire.
    pub(super) async fn publish_edit(&self, post: Post) -> Result<PostResponse, ChatError> {
        let channel = post.channel_id.clone();
        let rendered = self.render_post(post).await?;
        self.publish_to_channel(&channel, "post_edited", &json!({"post": wire::text(&rendered)})).await;
        Ok(rendered)
    }

    pub(super) async fn publish_deletion(&self, post: Post, user: &UserId) {
        // Clients drop a thread with its first post: one event is enough.
        let (channel, by_another) = (post.channel_id.clone(), post.user_id != *user);
        let mut data = json!({"post": wire::text(&PostResponse::from(post))});
        if by_another {
            data["delete_by"] = json!(user);
        }
        self.publish_to_channel(&channel, "post_deleted", &data).await;
    }
}

/// What says who is speaking stays as it is.
fn with_kept(mut props: Map<String, Value>, post: &Post) -> Map<String, Value> {
    for key in SPEAKER_PROPS {
        match post.props.get(key) {
            Some(value) => drop(props.insert(key.to_owned(), value.clone())),
            None => drop(props.remove(key)),
        }
    }
    props
}
