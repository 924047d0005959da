//! Changing posts over the API: editing, pinning and deleting them.

use serde_json::{Map, Value, json};

use crate::access::rules;
use crate::bus::{Audience, Event, Scope};
use crate::chat::attachments;
use crate::chat::channels::ChannelFacts;
use crate::chat::checks::{check_props, check_text};
use crate::chat::{Chat, ChatError};
use crate::model::wire::{self, PostResponse};
use crate::model::{
    Kind, OVERRIDE_PROPS, Post, PostDeletion, PostEdit, PostId, PostVersion, Props, SPEAKER_PROPS, User,
    UserId,
};

/// A change of a post that a client wants to make. Fields that are None stay unchanged.
#[derive(Debug, Clone, Default)]
pub struct PostChange {
    pub message: Option<String>,
    pub props: Option<Map<String, Value>>,
    pub is_pinned: Option<bool>,
}

impl Chat {
    /// Changes a post, and returns it in its wire form.
    pub async fn edit(
        &self,
        user: &User,
        id: &PostId,
        mut change: PostChange,
    ) -> Result<PostResponse, ChatError> {
        if let Some(props) = &mut change.props {
            attachments::complete(props)?;
        }
        let (post, facts) = self.post_in_sight(user, id).await?;
        rules::edit_post(user, &post, &facts.channel, facts.mine.as_deref())?;
        if post.kind.is_system() {
            let reason = "system messages cannot be edited".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Post, field: "post_id", reason });
        }
        let props = change.props.map(|props| with_speaker(props, &post));
        let message = change.message.filter(|message| *message != post.message);
        let props = self.linked_props(&post, message.as_deref(), props).await?;
        if let Some(props) = &props {
            check_props(props)?;
        }
        let new_message = message.as_ref().unwrap_or(&post.message);
        // A post with props or files needs no text.
        let has_more = !props.as_ref().unwrap_or(&post.props).is_empty();
        let has_more = has_more || !self.store.files_of(std::slice::from_ref(&post.id)).await?.is_empty();
        check_text(new_message, has_more)?;
        let has_new_attachments =
            props.as_ref().is_some_and(|props| props.attachments() != post.props.attachments());
        let is_edited = message.is_some() || has_new_attachments;
        let is_pinned = change.is_pinned;
        self.apply_edit(PostEdit {
            id: post.id,
            message,
            props,
            is_pinned,
            at: self.clock.stamp(),
            is_edited,
        })
        .await
    }

    /// Returns the earlier texts of a post in their wire form, the latest first, for its author.
    pub async fn history(&self, user: &User, id: &PostId) -> Result<Vec<PostResponse>, ChatError> {
        let (post, facts) = self.post_in_sight(user, id).await?;
        rules::read_history(user, &post, facts.mine.as_deref())?;
        let versions = self.store.post_versions(id).await?;
        if versions.is_empty() {
            return Err(ChatError::NotFound(Kind::Post));
        }
        let earlier =
            |version: PostVersion| PostResponse::from(version.as_post(&post)).with_original(post.id.clone());
        Ok(versions.into_iter().map(earlier).collect())
    }

    /// Pins or unpins a post in its channel.
    pub async fn pin(&self, user: &User, id: &PostId, is_pinned: bool) -> Result<(), ChatError> {
        let post = self.store.post_or_deleted(id).await?.ok_or_else(|| rules::no_post(user))?;
        // A post that the user may not see gets the response for an unknown one.
        if self.facts_in_sight(user, &post.channel_id).await?.is_none() {
            return Err(rules::no_post(user).into());
        }
        self.postable_channel(user, &post.channel_id, None).await?;
        if !post.delete_at.is_never() {
            return Err(ChatError::NotFound(Kind::Post));
        }
        if post.is_pinned != is_pinned {
            let (id, at, is_pinned) = (post.id, self.clock.stamp(), Some(is_pinned));
            self.apply_edit(PostEdit { id, message: None, props: None, is_pinned, at, is_edited: false })
                .await?;
        }
        Ok(())
    }

    /// Deletes a post, and the whole thread if the post starts one.
    pub async fn delete(&self, user: &User, id: &PostId) -> Result<(), ChatError> {
        let (post, ChannelFacts { channel, mine, team }) = self.post_in_sight(user, id).await?;
        rules::delete_post(user, &post, &channel, mine.as_deref(), team.as_ref())?;
        let mentioned = self.mentioned_by_reply(&post).await?;
        let (id, user_id, at) = (post.id.clone(), user.id.clone(), self.clock.stamp());
        let deletion = PostDeletion { id, user_id, at, mentioned: mentioned.clone() };
        let deleted = self.store.delete_post(deletion).await?;
        let deleted = deleted.ok_or(ChatError::NotFound(Kind::Post))?;
        self.publish_forgotten(&deleted, &channel, mentioned).await;
        self.publish_deletion(post, &user.id).await;
        Ok(())
    }

    /// Returns the props of an edited post with the links of its text, or None if they stay as they are.
    async fn linked_props(
        &self,
        post: &Post,
        message: Option<&str>,
        props: Option<Props>,
    ) -> Result<Option<Props>, ChatError> {
        if message.is_none() && props.is_none() {
            return Ok(None);
        }
        let mut edited = [post.clone()];
        message.unwrap_or(&post.message).clone_into(&mut edited[0].message);
        edited[0].props = props.unwrap_or_else(|| post.props.clone());
        self.set_links(&mut edited).await?;
        let [edited] = edited;
        Ok(Some(edited.props).filter(|props| *props != post.props))
    }

    async fn apply_edit(&self, edit: PostEdit) -> Result<PostResponse, ChatError> {
        let post = self.store.edit_post(edit).await?.ok_or(ChatError::NotFound(Kind::Post))?;
        self.publish_edit(post).await
    }

    /// Publishes an edited post, and returns it in its wire form.
    pub(in crate::chat) async fn publish_edit(&self, post: Post) -> Result<PostResponse, ChatError> {
        let channel = post.channel_id.clone();
        let mut rendered = self.render_post(post).await?;
        self.add_own_preview(&mut rendered, &channel).await?;
        self.publish_to_channel(&channel, "post_edited", &json!({"post": wire::text(&rendered)})).await;
        Ok(rendered)
    }

    /// Publishes that a post was deleted, as it was before. Clients remove a thread with its first post, so one event
    /// is enough.
    pub(in crate::chat) async fn publish_deletion(&self, post: Post, user: &UserId) {
        let (channel, is_by_another) = (post.channel_id.clone(), post.user_id != *user);
        let mut data = json!({"post": wire::text(&PostResponse::from(post))});
        if is_by_another {
            data["delete_by"] = json!(user);
        }
        let scope =
            Scope { channel_id: Some(channel.clone()), contains_sanitized_data: true, ..Scope::default() };
        self.bus.publish(Event::new("post_deleted", &data, &scope), Audience::Channel(channel)).await;
    }
}

/// Returns the new props, with the post's own values for those that clients trust. The displayed name and picture of a
/// post stay too, if an integration set them.
fn with_speaker(mut props: Map<String, Value>, post: &Post) -> Props {
    let mut own = post.props.object();
    let is_integration = ["from_webhook", "from_plugin"].iter().any(|key| own.contains_key(*key));
    let overrides = OVERRIDE_PROPS.into_iter().filter(|_| is_integration);
    for key in SPEAKER_PROPS.into_iter().chain(overrides) {
        match own.remove(key) {
            Some(value) => drop(props.insert(key.to_owned(), value)),
            None => drop(props.remove(key)),
        }
    }
    props.into()
}
