//! Posts by users and bots over the API.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::{
    Changes, Channel, ChannelId, FileId, MAX_MESSAGE_CHARS, PRIORITIES, PendingPost, Place, Post, PostId,
    PostKind, PostMarks, SPEAKER_PROPS, Timestamp, User, UserId,
};

/// How long a post sent again under the same pending id is the same post.
const PENDING: Duration = Duration::from_secs(30);

/// The longest pending id, in bytes: clients put an account's id, a colon and a moment.
const MAX_PENDING_ID: usize = 128;

/// Longest type of a post, in bytes: what Mattermost keeps.
const MAX_KIND: usize = 26;

/// Largest props of a post, as JSON text, in bytes.
const MAX_PROPS: usize = 760_000;

/// A post as a client asks for it.
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
    /// When it was said, for posts that come from elsewhere: administrators only, ignored otherwise.
    pub create_at: Option<Timestamp>,
    /// Uploaded by the author before, and no post's yet.
    pub file_ids: Vec<FileId>,
}

impl Chat {
    /// Makes a post by `author`. Unlike a webhook's message, a text that is too long is refused, not split.
    pub async fn post(&self, author: &User, mut draft: NewPost) -> Result<Post, ChatError> {
        let channel = self.channel(&draft.channel_id).await?;
        let member = self.store.channel_member(&channel.id, &author.id).await?;
        rules::post_in(author, &channel, member.as_ref())?;
        check(&draft)?;
        self.check_root(&channel, draft.root_id.as_ref()).await?;
        if let Err(error) = self.check_files(author, &channel, &draft.file_ids).await {
            // Sent again, its files are taken: by the post it made the first time.
            return self.made_before(&author.id, draft.pending_post_id).await?.ok_or(error);
        }
        let (said_at, files) = (draft.create_at, std::mem::take(&mut draft.file_ids));
        let mut post = self.drawn_up(author, &channel, draft);
        if let Some(at) = said_at.filter(|_| rules::is_admin(author)) {
            (post.create_at, post.update_at) = (at, at);
        }
        let made = self.publish_once(post, files).await?;
        self.mark_active(&author.id).await;
        Ok(made)
    }

    /// Makes a post that one person sees, and nobody again.
    pub async fn post_ephemeral(
        &self,
        author: &User,
        to: &UserId,
        draft: NewPost,
    ) -> Result<Post, ChatError> {
        let channel = self.channel(&draft.channel_id).await?;
        let mine = self.store.channel_member(&channel.id, &author.id).await?;
        rules::post_in(author, &channel, mine.as_ref())?;
        if !self.store.is_channel_member(&channel.id, to).await? {
            let reason = "this account is not in the channel".to_owned();
            return Err(ChatError::Invalid { field: "user_id", reason });
        }
        // What nobody keeps carries no files.
        let draft = NewPost { file_ids: Vec::new(), ..draft };
        check(&draft)?;
        self.check_root(&channel, draft.root_id.as_ref()).await?;
        // Nor can it be sent again, or be urgent.
        let post = Post {
            kind: PostKind::ephemeral(),
            pending_post_id: String::new(),
            marks: PostMarks::default(),
            ..self.drawn_up(author, &channel, draft)
        };
        let ephemeral = vec![(to.clone(), post.clone())];
        self.publish(Changes { ephemeral, ..Changes::default() }).await?;
        Ok(post)
    }

    /// The post that a draft becomes. Who it is from is the server's to say.
    fn drawn_up(&self, author: &User, channel: &Channel, draft: NewPost) -> Post {
        let place = Place { root_id: draft.root_id, ..Place::from(channel) };
        let mut post = Post::new(self.clock.id(), &author.id, &place, draft.message, self.clock.now());
        post.kind = draft.kind;
        post.props = draft.props;
        post.props.retain(|key, _| !SPEAKER_PROPS.contains(&key.as_str()));
        if author.is_bot {
            post.props.insert("from_bot".to_owned(), Value::from("true"));
        }
        post.pending_post_id = draft.pending_post_id;
        post.marks = PostMarks {
            priority: draft.priority,
            requested_ack: draft.requested_ack,
            ..PostMarks::default()
        };
        post
    }

    /// Commits a post, or finds the one its author's client made under the same pending id just before.
    async fn publish_once(&self, post: Post, files: Vec<FileId>) -> Result<Post, ChatError> {
        let mut changes = self.changes(vec![post.clone()]);
        if !files.is_empty() {
            changes.files.push((post.id.clone(), files));
        }
        changes.seen.push((post.channel_id.clone(), post.user_id.clone()));
        if post.pending_post_id.is_empty() {
            self.publish(changes).await?;
            return Ok(post);
        }
        let now = self.clock.now();
        changes.pending = Some(PendingPost {
            user_id: post.user_id.clone(),
            pending_id: post.pending_post_id.clone(),
            post_id: post.id.clone(),
            at: now,
            expires_at: now.plus(PENDING),
        });
        match self.publish(changes).await {
            Err(ChatError::Store(error)) if error.is_conflict() => {
                let made = self.made_before(&post.user_id, post.pending_post_id).await?;
                made.ok_or_else(|| error.into())
            }
            published => published.map(|()| post),
        }
    }

    /// The post that an author's client made under a pending id just before.
    async fn made_before(&self, author: &UserId, pending: String) -> Result<Option<Post>, ChatError> {
        if pending.is_empty() {
            return Ok(None);
        }
        match self.store.pending_post(author.clone(), pending, self.clock.now()).await? {
            Some(made) => Ok(Some(self.store.post(&made).await?.ok_or(ChatError::NotFound("post"))?)),
            None => Ok(None),
        }
    }

    /// These posts as a unit of work.
    pub fn changes(&self, posts: Vec<Post>) -> Changes {
        Changes { posts, ..Changes::default() }
    }

    /// A post somebody may read.
    pub async fn readable_post(&self, reader: &User, id: &PostId) -> Result<Post, ChatError> {
        let post = self.store.post(id).await?.ok_or(ChatError::NotFound("post"))?;
        self.readable_channel(reader, &post.channel_id).await?;
        Ok(post)
    }

    /// Whether a thread can be answered in: its root is a first post of the same channel.
    pub async fn check_root(&self, channel: &Channel, root: Option<&PostId>) -> Result<(), ChatError> {
        let Some(root) = root else { return Ok(()) };
        match self.store.post(root).await? {
            Some(post) if post.channel_id == channel.id && post.root_id.is_none() => Ok(()),
            _ => Err(ChatError::BadRoot),
        }
    }
}

fn check(draft: &NewPost) -> Result<(), ChatError> {
    if draft.kind.is_system() {
        let reason = "types that begin with `system_` are the server's own".to_owned();
        return Err(ChatError::Invalid { field: "type", reason });
    }
    let kind = draft.kind.as_str();
    if !(matches!(kind, "" | "slack_attachment") || kind.starts_with("custom_")) || kind.len() > MAX_KIND {
        let reason =
            format!("empty, `slack_attachment`, or `custom_` and what it is, at most {MAX_KIND} bytes");
        return Err(ChatError::Invalid { field: "type", reason });
    }
    if draft.pending_post_id.len() > MAX_PENDING_ID || draft.pending_post_id.contains('\0') {
        let reason = format!("at most {MAX_PENDING_ID} bytes, and no NUL character");
        return Err(ChatError::Invalid { field: "pending_post_id", reason });
    }
    if !PRIORITIES.contains(&draft.priority.as_str()) {
        let reason = "`urgent`, `important`, `standard` or empty".to_owned();
        return Err(ChatError::Invalid { field: "metadata.priority", reason });
    }
    if draft.root_id.is_some() && (!draft.priority.is_empty() || draft.requested_ack) {
        let reason = "only the first post of a thread may have a priority".to_owned();
        return Err(ChatError::Invalid { field: "metadata.priority", reason });
    }
    // Files say enough by themselves.
    if !draft.file_ids.is_empty() && draft.message.trim().is_empty() && draft.props.is_empty() {
        return Ok(());
    }
    check_said(&draft.message, &draft.props)
}

/// What a post may say, new or edited.
pub(super) fn check_said(message: &str, props: &Map<String, Value>) -> Result<(), ChatError> {
    let length = message.chars().count();
    if length > MAX_MESSAGE_CHARS {
        return Err(ChatError::TooLong { length, limit: MAX_MESSAGE_CHARS });
    }
    // Neither database keeps a NUL in text on both sides alike.
    if message.contains('\0') {
        let reason = "a text has no NUL characters".to_owned();
        return Err(ChatError::Invalid { field: "message", reason });
    }
    if message.trim().is_empty() && props.is_empty() {
        return Err(ChatError::Invalid {
            field: "message",
            reason: "a post needs a text or props".to_owned(),
        });
    }
    let props = Value::Object(props.clone()).to_string();
    if props.contains("\\u0000") {
        let reason = "props have no NUL characters".to_owned();
        return Err(ChatError::Invalid { field: "props", reason });
    }
    if props.len() > MAX_PROPS {
        return Err(ChatError::Invalid {
            field: "props",
            reason: format!("at most {MAX_PROPS} bytes of JSON"),
        });
    }
    Ok(())
}
