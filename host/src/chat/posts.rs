//! Posts over the API: creating, editing, pinning and deleting them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::channels::ChannelFacts;
use super::checks::{check_props, check_text};
use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::wire::{self, PostResponse};
use crate::model::{
    Changes, Channel, ChannelId, FileId, Kind, OVERRIDE_PROPS, PRIORITIES, PendingPost, Place, Post,
    PostDeletion, PostEdit, PostId, PostKind, PostMarks, Props, SPEAKER_PROPS, Timestamp, User, UserId,
};

/// How long a repeated request with the same pending id returns the same post.
const PENDING: Duration = Duration::from_secs(30);

/// The longest pending id, in bytes. Clients send an account's id, a colon and a timestamp.
const MAX_PENDING_ID: usize = 128;

/// Longest type of a post, in bytes: the same limit as Mattermost's.
const MAX_KIND: usize = 26;

/// A post that a client wants to create.
#[derive(Debug, Clone)]
pub struct NewPost {
    pub channel_id: ChannelId,
    pub root_id: Option<PostId>,
    pub message: String,
    pub kind: PostKind,
    pub props: Map<String, Value>,
    pub pending_post_id: String,
    /// One of [`PRIORITIES`].
    pub priority: String,
    pub requested_ack: bool,
    /// When it was written, for imported posts. Only administrators may set it; for others it is ignored.
    pub create_at: Option<Timestamp>,
    /// Files that the author has uploaded and that are not attached to a post yet.
    pub file_ids: Vec<FileId>,
}

/// A change of a post that a client wants to make. Fields that are None stay unchanged.
#[derive(Debug, Clone, Default)]
pub struct PostChange {
    pub message: Option<String>,
    pub props: Option<Map<String, Value>>,
    pub is_pinned: Option<bool>,
}

impl Chat {
    /// Creates a post by `author`. A text that is too long is refused, not split as a webhook's is.
    pub async fn post(&self, author: &User, mut new: NewPost) -> Result<Post, ChatError> {
        let channel = self.postable_channel(author, &new.channel_id, new.root_id.as_ref()).await?;
        check_new(&new)?;
        if let Err(error) = self.check_files(author, &channel, &new.file_ids).await {
            // On a retry, the post of the first attempt has taken the files.
            return self.pending_post(&author.id, new.pending_post_id).await?.ok_or(error);
        }
        let (written_at, files) = (new.create_at, std::mem::take(&mut new.file_ids));
        let mut post = self.build_post(author, &channel, new);
        if let Some(at) = written_at.filter(|_| rules::is_admin(author)) {
            (post.create_at, post.update_at) = (at, at);
        }
        let mut post = self.publish_once(author, &channel, post, files).await?;
        post.reply_count = self.store.thread_reply_count(&post).await?;
        self.report_unreached(author, &channel, &post).await;
        self.mark_active(&author.id).await;
        Ok(post)
    }

    /// Creates a post that is shown to one user and not stored.
    pub async fn post_ephemeral(&self, author: &User, to: &UserId, new: NewPost) -> Result<Post, ChatError> {
        rules::post_ephemeral(author)?;
        let channel = self.postable_channel(author, &new.channel_id, new.root_id.as_ref()).await?;
        if !self.store.is_channel_member(&channel.id, to).await? {
            let reason = "this account is not in the channel".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Post, field: "user_id", reason });
        }
        // A post that is not stored has no files, cannot be retried, and has no priority.
        let new = NewPost { file_ids: Vec::new(), ..new };
        check_new(&new)?;
        let post = Post {
            kind: PostKind::ephemeral(),
            pending_post_id: String::new(),
            marks: PostMarks::default(),
            ..self.build_post(author, &channel, new)
        };
        let ephemeral = vec![(to.clone(), post.clone())];
        self.publish(Changes { ephemeral, ..Changes::default() }).await?;
        Ok(post)
    }

    /// Returns a channel that the author may post in. If `root` is given, it must be the first post of a thread in
    /// this channel.
    pub async fn postable_channel(
        &self,
        author: &User,
        id: &ChannelId,
        root: Option<&PostId>,
    ) -> Result<Channel, ChatError> {
        let channel = self.store.channel(id).await?.ok_or_else(|| rules::no_channel(author))?;
        let member = self.store.channel_member(id, &author.id).await?;
        rules::post_in(author, &channel, member.as_ref())?;
        let Some(root) = root else { return Ok(channel) };
        match self.store.post(root).await? {
            Some(post) if post.channel_id == channel.id && post.root_id.is_none() => Ok(channel),
            _ => Err(ChatError::BadRoot),
        }
    }

    /// Changes a post, and returns it in its wire form.
    pub async fn edit(
        &self,
        user: &User,
        id: &PostId,
        change: PostChange,
    ) -> Result<PostResponse, ChatError> {
        let (post, facts) = self.post_in_sight(user, id).await?;
        rules::edit_post(user, &post, &facts.channel, facts.mine.as_ref())?;
        if post.kind.is_system() {
            let reason = "system messages cannot be edited".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Post, field: "post_id", reason });
        }
        let props = change.props.map(|props| with_speaker(props, &post));
        let message = change.message.filter(|message| *message != post.message);
        if let Some(props) = &props {
            check_props(props)?;
        }
        let new_message = message.as_ref().unwrap_or(&post.message);
        // A post with props or files needs no text.
        let has_more = !props.as_ref().unwrap_or(&post.props).is_empty();
        let has_more = has_more || !self.store.files_of(std::slice::from_ref(&post.id)).await?.is_empty();
        check_text(new_message, has_more)?;
        let is_edited = message.is_some();
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

    /// Pins or unpins a post in its channel.
    pub async fn pin(&self, user: &User, id: &PostId, is_pinned: bool) -> Result<(), ChatError> {
        let post = self.readable_post(user, id).await?;
        self.postable_channel(user, &post.channel_id, None).await?;
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
        rules::delete_post(user, &post, &channel, mine.as_ref(), team.as_ref())?;
        let deletion = PostDeletion { id: post.id, user_id: user.id.clone(), at: self.clock.stamp() };
        let deleted = self.store.delete_post(deletion).await?;
        let post = deleted.ok_or(ChatError::NotFound(Kind::Post))?;
        self.publish_deletion(post, &user.id).await;
        Ok(())
    }

    async fn apply_edit(&self, edit: PostEdit) -> Result<PostResponse, ChatError> {
        let post = self.store.edit_post(edit).await?.ok_or(ChatError::NotFound(Kind::Post))?;
        self.publish_edit(post).await
    }

    /// Publishes an edited post, and returns it in its wire form.
    pub(super) async fn publish_edit(&self, post: Post) -> Result<PostResponse, ChatError> {
        let channel = post.channel_id.clone();
        let rendered = self.render_post(post).await?;
        self.publish_to_channel(&channel, "post_edited", &json!({"post": wire::text(&rendered)})).await;
        Ok(rendered)
    }

    pub(super) async fn publish_deletion(&self, post: Post, user: &UserId) {
        // Clients remove a thread with its first post, so one event is enough.
        let (channel, is_by_another) = (post.channel_id.clone(), post.user_id != *user);
        let mut data = json!({"post": wire::text(&PostResponse::from(post))});
        if is_by_another {
            data["delete_by"] = json!(user);
        }
        self.publish_to_channel(&channel, "post_deleted", &data).await;
    }

    /// Builds the post. Only the server sets its author.
    fn build_post(&self, author: &User, channel: &Channel, new: NewPost) -> Post {
        let place = Place { root_id: new.root_id, ..Place::from(channel) };
        let at = self.clock.stamp();
        let mut post = Post::new(self.clock.id(), &author.id, &place, new.message, at);
        post.kind = new.kind;
        let mut props = new.props;
        props.retain(|key, _| !SPEAKER_PROPS.contains(&key.as_str()));
        if author.is_bot {
            props.insert("from_bot".to_owned(), Value::from("true"));
        } else {
            props.retain(|key, _| !OVERRIDE_PROPS.contains(&key.as_str()));
        }
        post.props = props.into();
        post.pending_post_id = new.pending_post_id;
        post.marks =
            PostMarks { priority: new.priority, requested_ack: new.requested_ack, ..PostMarks::default() };
        post
    }

    /// Commits a post, or returns the one that the author's client created with the same pending id shortly before.
    async fn publish_once(
        &self,
        author: &User,
        channel: &Channel,
        post: Post,
        files: Vec<FileId>,
    ) -> Result<Post, ChatError> {
        let mut changes = Changes::of_posts(vec![post.clone()]);
        if !files.is_empty() {
            changes.files.push((post.id.clone(), files));
        }
        changes.seen.push((post.channel_id.clone(), post.user_id.clone()));
        if !post.pending_post_id.is_empty() {
            let now = self.clock.now();
            changes.pending = Some(PendingPost {
                user_id: post.user_id.clone(),
                pending_id: post.pending_post_id.clone(),
                post_id: post.id.clone(),
                at: now,
                expires_at: now.plus(PENDING),
            });
        }
        match self.publish_from(author, channel, changes).await {
            Err(ChatError::Store(error)) if error.is_conflict() => {
                let earlier = self.pending_post(&post.user_id, post.pending_post_id).await?;
                earlier.ok_or_else(|| error.into())
            }
            published => published.map(|()| post),
        }
    }

    /// Returns the post that an author's client created with a pending id shortly before.
    async fn pending_post(&self, author: &UserId, pending_id: String) -> Result<Option<Post>, ChatError> {
        if pending_id.is_empty() {
            return Ok(None);
        }
        match self.store.pending_post(author.clone(), pending_id, self.clock.now()).await? {
            Some(id) => Ok(Some(self.store.post(&id).await?.ok_or(ChatError::NotFound(Kind::Post))?)),
            None => Ok(None),
        }
    }
}

/// Returns the new props, with the post's own values for those that set the displayed author.
fn with_speaker(mut props: Map<String, Value>, post: &Post) -> Props {
    let mut own = post.props.object();
    for key in SPEAKER_PROPS.into_iter().chain(OVERRIDE_PROPS) {
        match own.remove(key) {
            Some(value) => drop(props.insert(key.to_owned(), value)),
            None => drop(props.remove(key)),
        }
    }
    props.into()
}

fn check_new(new: &NewPost) -> Result<(), ChatError> {
    if new.kind.is_system() {
        let reason = "types that begin with `system_` are the server's own".to_owned();
        return Err(ChatError::Invalid { kind: Kind::Post, field: "type", reason });
    }
    let kind = new.kind.as_str();
    if !(matches!(kind, "" | "slack_attachment") || kind.starts_with("custom_")) || kind.len() > MAX_KIND {
        let reason =
            format!("empty, `slack_attachment`, or `custom_` and what it is, at most {MAX_KIND} bytes");
        return Err(ChatError::Invalid { kind: Kind::Post, field: "type", reason });
    }
    if new.pending_post_id.len() > MAX_PENDING_ID || new.pending_post_id.contains('\0') {
        let reason = format!("at most {MAX_PENDING_ID} bytes, and no NUL character");
        return Err(ChatError::Invalid { kind: Kind::Post, field: "pending_post_id", reason });
    }
    if !PRIORITIES.contains(&new.priority.as_str()) {
        let reason = "`urgent`, `important`, `standard` or empty".to_owned();
        return Err(ChatError::Invalid { kind: Kind::Post, field: "metadata.priority", reason });
    }
    if new.root_id.is_some() && (!new.priority.is_empty() || new.requested_ack) {
        let reason = "only the first post of a thread may have a priority".to_owned();
        return Err(ChatError::Invalid { kind: Kind::Post, field: "metadata.priority", reason });
    }
    check_props(&Props::from(new.props.clone()))?;
    // A post with props or files needs no text.
    check_text(&new.message, !new.props.is_empty() || !new.file_ids.is_empty())
}
