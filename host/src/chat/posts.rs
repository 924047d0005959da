//! Posts over the API: creating them.

mod changes;
mod system;

pub use changes::PostChange;

use std::time::Duration;

use serde_json::{Map, Value};

use super::attachments;
use super::checks::{check_file_count, check_props, check_text};
use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::{
    Changes, Channel, ChannelId, FileId, Kind, MAX_KIND, PRIORITIES, PendingPost, Place, Post, PostId,
    PostKind, PostMarks, Props, SPEAKER_PROPS, Timestamp, User, UserId, is_web_link,
};

/// How long a repeated request with the same pending id returns the same post.
const PENDING: Duration = Duration::from_secs(30);

/// The longest pending id, in bytes. Clients send an account's id, a colon and a timestamp.
const MAX_PENDING_ID: usize = 128;

/// A post that a client wants to create.
#[derive(Debug, Clone)]
pub struct NewPost {
    pub channel_id: ChannelId,
    pub root_id: Option<PostId>,
    pub message: String,
    pub kind: PostKind,
    pub props: Map<String, Value>,
    pub is_pinned: bool,
    pub pending_post_id: String,
    /// One of [`PRIORITIES`].
    pub priority: String,
    pub requested_ack: bool,
    /// When it was written, for imported posts. Only administrators may set it; for others it is ignored.
    pub create_at: Option<Timestamp>,
    /// Files that the author has uploaded and that are not attached to a post yet.
    pub file_ids: Vec<FileId>,
}

impl Chat {
    /// Creates a post by `author`. A text that is too long is refused, not split as a webhook's is.
    pub async fn post(&self, author: &User, mut new: NewPost) -> Result<Post, ChatError> {
        let channel = self.postable_channel(author, &new.channel_id, new.root_id.as_ref()).await?;
        attachments::complete(&mut new.props)?;
        check_new(&new)?;
        let files = self.attachable(author, std::mem::take(&mut new.file_ids)).await?;
        if let Err(error) = check_text(&new.message, !new.props.is_empty() || !files.is_empty()) {
            // On a retry, the post of the first attempt has taken the files.
            return self.pending_post(&author.id, new.pending_post_id).await?.ok_or(error);
        }
        let written_at = new.create_at;
        let mut post = self.build_post(author, &channel, new);
        if let Some(at) = written_at.filter(|_| rules::is_admin(author)) {
            (post.create_at, post.update_at) = (at, at);
        }
        self.set_links(std::slice::from_mut(&mut post)).await?;
        let mut post = self.publish_once(author, &channel, post, files).await?;
        post.reply_count = self.store.threads().reply_count(&post).await?;
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
        let mut new = NewPost { file_ids: Vec::new(), ..new };
        attachments::complete(&mut new.props)?;
        check_new(&new)?;
        check_text(&new.message, !new.props.is_empty())?;
        let post = Post {
            kind: PostKind::ephemeral(),
            pending_post_id: String::new(),
            marks: PostMarks::default(),
            is_pinned: false,
            // Nothing updates a post that is not stored.
            update_at: Timestamp::NEVER,
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
        let member = self.store.channel_membership(id, &author.id).await?;
        rules::post_in(author, &channel, member.as_deref())?;
        if let Some(root) = root {
            self.check_root(&channel, root).await?;
        }
        Ok(channel)
    }

    /// Checks that a post is the first one of a thread in this channel.
    pub async fn check_root(&self, channel: &Channel, root: &PostId) -> Result<(), ChatError> {
        match self.store.post(root).await? {
            Some(post) if post.channel_id != channel.id => Err(ChatError::RootElsewhere),
            Some(post) if post.root_id.is_none() => Ok(()),
            _ => Err(ChatError::BadRoot),
        }
    }

    /// Builds the post. Only the server sets its author.
    fn build_post(&self, author: &User, channel: &Channel, new: NewPost) -> Post {
        let place = Place { root_id: new.root_id, ..Place::from(channel) };
        let at = self.clock.stamp();
        let mut post = Post::new(self.clock.id(), &author.id, &place, new.message, at);
        post.kind = new.kind;
        let mut props = new.props;
        props.retain(|key, value| {
            // An icon of another scheme could run code in a client.
            let is_link = |url: &str| url.is_empty() || is_web_link(url);
            let is_safe = key != "override_icon_url" || value.as_str().is_some_and(is_link);
            is_safe && !SPEAKER_PROPS.contains(&key.as_str())
        });
        if author.is_bot {
            props.insert("from_bot".to_owned(), Value::from("true"));
        }
        post.props = props.into();
        post.pending_post_id = new.pending_post_id;
        post.is_pinned = new.is_pinned;
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
        changes.author_views.push((post.channel_id.clone(), post.user_id.clone()));
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

fn check_new(new: &NewPost) -> Result<(), ChatError> {
    if new.kind.is_system() {
        return Err(ChatError::SystemKind);
    }
    if !new.kind.is_allowed() {
        let reason = format!(
            "it must be empty, `me`, `slack_attachment`, or begin with `custom_` and have at most {MAX_KIND} bytes"
        );
        return Err(ChatError::Invalid { kind: Kind::Post, field: "type", reason });
    }
    if new.pending_post_id.len() > MAX_PENDING_ID {
        let reason = format!("it may have at most {MAX_PENDING_ID} bytes");
        return Err(ChatError::Invalid { kind: Kind::Post, field: "pending_post_id", reason });
    }
    if !PRIORITIES.contains(&new.priority.as_str()) {
        let reason = "it must be `urgent`, `important`, `standard` or empty".to_owned();
        return Err(ChatError::Invalid { kind: Kind::Post, field: "metadata.priority", reason });
    }
    if new.requested_ack {
        return Err(ChatError::NoAcknowledgements);
    }
    if new.root_id.is_some() && !new.priority.is_empty() {
        let reason = "only the first post of a thread may have a priority".to_owned();
        return Err(ChatError::Invalid { kind: Kind::Post, field: "metadata.priority", reason });
    }
    check_file_count(&new.file_ids)?;
    check_props(&Props::from(new.props.clone()))
}
