//! Posts and reactions on the wire.

use serde::Serialize;
use serde_json::Value;

use super::{CustomEmojiResponse, FileResponse, Null, ParticipantResponse, or_empty};
use crate::model::{
    Channel, ChannelId, ChannelKind, FileId, Post, PostId, PostKind, Props, Reaction, Timestamp, UserId,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostResponse {
    id: PostId,
    create_at: Timestamp,
    update_at: Timestamp,
    edit_at: Timestamp,
    delete_at: Timestamp,
    is_pinned: bool,
    user_id: UserId,
    channel_id: ChannelId,
    #[serde(serialize_with = "or_empty")]
    root_id: Option<PostId>,
    /// The post of which this is an earlier text.
    #[serde(serialize_with = "or_empty")]
    original_id: Option<PostId>,
    message: String,
    #[serde(rename = "type")]
    kind: PostKind,
    props: Props,
    hashtags: String,
    file_ids: Vec<FileId>,
    pending_post_id: String,
    reply_count: i64,
    last_reply_at: Timestamp,
    participants: Option<Vec<ParticipantResponse>>,
    /// Only in lists of collapsed threads: whether the reader follows the thread that this post starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_following: Option<bool>,
    has_reactions: bool,
    metadata: Metadata,
}

/// Data that clients would otherwise request separately to show a post. An empty part is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    embeds: Vec<Embed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reactions: Vec<ReactionResponse>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileResponse>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    emojis: Vec<CustomEmojiResponse>,
}

/// What clients draw below the text. They look here before they read a post's attachments.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Embed {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<PreviewResponse>>,
}

/// A post that another one links to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewResponse {
    post_id: PostId,
    post: PostResponse,
    team_name: String,
    channel_display_name: String,
    channel_type: ChannelKind,
    channel_id: ChannelId,
}

impl PreviewResponse {
    /// `channel` is the post's channel, `team_name` the slug of its team.
    pub fn new(post: PostResponse, channel: &Channel, team_name: String) -> Self {
        Self {
            post_id: post.id.clone(),
            post,
            team_name,
            channel_display_name: channel.display_name.clone(),
            channel_type: channel.kind,
            channel_id: channel.id.clone(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "as on the wire")]
struct Priority {
    priority: String,
    requested_ack: bool,
    persistent_notifications: Null,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReactionResponse {
    user_id: UserId,
    post_id: PostId,
    emoji_name: String,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    remote_id: &'static str,
    #[serde(serialize_with = "or_empty")]
    channel_id: Option<ChannelId>,
}

impl PostResponse {
    #[must_use]
    pub fn with_reactions(mut self, reactions: Vec<Reaction>) -> Self {
        let channel = &self.channel_id;
        let reactions = reactions.into_iter().map(|reaction| ReactionResponse::new(reaction, channel));
        self.metadata.reactions = reactions.collect();
        self
    }

    #[must_use]
    pub fn with_file_ids(mut self, ids: Vec<FileId>) -> Self {
        self.file_ids = ids;
        self
    }

    #[must_use]
    pub fn with_files(mut self, files: Vec<FileResponse>) -> Self {
        self.metadata.files = files;
        self
    }

    #[must_use]
    pub fn with_emoji(mut self, emoji: Vec<CustomEmojiResponse>) -> Self {
        self.metadata.emojis = emoji;
        self
    }

    /// Sets how many replies the post's thread has.
    #[must_use]
    pub fn with_reply_count(mut self, count: i64) -> Self {
        self.reply_count = count;
        self
    }

    /// Sets what a list of collapsed threads says about the first post of one.
    #[must_use]
    pub fn with_thread(
        mut self,
        last_reply_at: Timestamp,
        participants: Vec<ParticipantResponse>,
        is_following: bool,
    ) -> Self {
        self.last_reply_at = last_reply_at;
        self.participants = (!participants.is_empty()).then_some(participants);
        self.is_following = Some(is_following);
        self
    }

    /// Marks this as an earlier text of a post.
    #[must_use]
    pub fn with_original(mut self, post: PostId) -> Self {
        self.original_id = Some(post);
        self
    }

    /// Returns the post that this one links to.
    pub fn previewed(&self) -> Option<PostId> {
        // Serialised keys of letters are never escaped, so this rules out most props.
        let has_link = self.props.as_str().contains("\"previewed_post\"");
        has_link.then(|| self.props.text("previewed_post"))??.parse().ok()
    }

    /// Adds what clients draw of the post that this one links to. A post with attachments has no preview.
    pub fn add_preview(&mut self, preview: PreviewResponse) {
        if self.metadata.embeds.is_empty() {
            self.metadata.embeds.push(Embed { kind: "permalink", data: Some(Box::new(preview)) });
        }
    }

    pub fn id(&self) -> &PostId {
        &self.id
    }

    pub fn files(&self) -> &[FileResponse] {
        &self.metadata.files
    }
}

impl From<Post> for PostResponse {
    fn from(post: Post) -> Self {
        let hashtags = post.hashtags();
        let marks = post.marks;
        let is_marked = !marks.priority.is_empty() || marks.requested_ack;
        let priority = Priority {
            priority: marks.priority,
            requested_ack: marks.requested_ack,
            persistent_notifications: (),
        };
        let attached = Embed { kind: "message_attachment", data: None };
        let embeds = post.props.has_attachments().then_some(attached).into_iter().collect();
        Self {
            id: post.id,
            create_at: post.create_at,
            update_at: post.update_at,
            edit_at: post.edit_at,
            delete_at: post.delete_at,
            is_pinned: post.is_pinned,
            user_id: post.user_id,
            channel_id: post.channel_id,
            root_id: post.root_id,
            original_id: None,
            message: post.message,
            kind: post.kind,
            props: without_integrations(post.props),
            hashtags,
            file_ids: Vec::new(),
            pending_post_id: post.pending_post_id,
            reply_count: post.reply_count,
            last_reply_at: Timestamp::NEVER,
            participants: None,
            is_following: None,
            has_reactions: marks.has_reactions,
            metadata: Metadata { embeds, priority: is_marked.then_some(priority), ..Metadata::default() },
        }
    }
}

impl ReactionResponse {
    /// `channel` is the post's channel.
    pub fn new(reaction: Reaction, channel: &ChannelId) -> Self {
        Self {
            user_id: reaction.user_id,
            post_id: reaction.post_id,
            emoji_name: reaction.emoji_name.as_str().to_owned(),
            create_at: reaction.create_at,
            update_at: reaction.create_at,
            delete_at: Timestamp::NEVER,
            remote_id: "",
            channel_id: Some(channel.clone()),
        }
    }

    /// Returns the reaction as the event of its removal has it: clients find it by its user, post and emoji.
    #[must_use]
    pub fn removed(self) -> Self {
        Self { create_at: Timestamp::NEVER, channel_id: None, ..self }
    }
}

/// Removes the integrations from attachments' buttons, because their addresses and contexts are secret.
fn without_integrations(props: Props) -> Props {
    // Serialised keys of letters are never escaped, so this rules out most props.
    if !props.as_str().contains("\"integration\"") {
        return props;
    }
    let mut props = props.object();
    let attachments = props.get_mut("attachments").and_then(Value::as_array_mut);
    for attachment in attachments.into_iter().flatten() {
        let actions = attachment.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten().filter_map(Value::as_object_mut) {
            action.remove("integration");
        }
    }
    props.into()
}
