//! Delivering committed posts to sockets.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;

use super::followers::RepliedThread;
use super::{Chat, ChatError};
use crate::bus::{Audience, Event, Scope};
use crate::model::wire::{self, FileResponse, PostResponse};
use crate::model::{Channel, ChannelId, ChannelKind, Kind, Post, PostId, User, UserId};

/// Who notifications say sent a message of the server.
const SERVER_NAME: &str = "System";

/// Publishes the posts of one unit of work. Data that they share is read once.
pub(super) struct Publication<'c> {
    chat: &'c Chat,
    channels: HashMap<ChannelId, Channel>,
    usernames: HashMap<UserId, String>,
    /// The posts that were committed with files.
    pub(super) with_files: HashSet<PostId>,
    /// The threads in which there are new replies.
    threads: BTreeMap<PostId, RepliedThread>,
}

impl<'c> Publication<'c> {
    pub(super) fn new(chat: &'c Chat) -> Self {
        Self {
            chat,
            channels: HashMap::new(),
            usernames: HashMap::new(),
            with_files: HashSet::new(),
            threads: BTreeMap::new(),
        }
    }

    /// Keeps an author and a channel that the caller has read already.
    pub(super) fn know(&mut self, author: &User, channel: &Channel) {
        self.usernames.insert(author.id.clone(), author.username.clone());
        self.channels.insert(channel.id.clone(), channel.clone());
    }

    /// Reads the threads of new replies. None of them is read for a post that no connected user sees.
    pub(super) async fn read_threads(&mut self, posts: &[(PostId, Option<Post>)], mentioned: &[Vec<UserId>]) {
        let replies = posts.iter().zip(mentioned);
        let replies: Vec<(&Post, &[UserId])> =
            replies.filter_map(|((_, post), users)| Some((post.as_ref()?, users.as_slice()))).collect();
        match self.chat.replied_threads(&replies).await {
            Ok(threads) => self.threads = threads,
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "threads were not read"),
        }
    }

    /// Publishes the threads with new replies to their followers.
    pub(super) async fn publish_threads(&mut self) {
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
    pub(super) async fn publish(
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
        let of_hook = is_of_hook(&post);
        let mut rendered = self.chat.render_new_post(post, self.with_files.contains(id)).await?;
        self.chat.add_own_preview(&mut rendered, &channel.id).await?;
        if let Some(count) = count {
            rendered = rendered.with_reply_count(count);
        }
        let event = posted_event(&rendered, &channel, channel_name, &sender, of_hook);
        let event = event.mentioning(mentioned).followed_by(followers);
        self.chat.bus.publish(event, Audience::Channel(channel.id)).await;
        Ok(())
    }

    pub(super) async fn channel(&mut self, id: &ChannelId) -> Result<Channel, ChatError> {
        if !self.channels.contains_key(id) {
            self.channels.insert(id.clone(), self.chat.channel(id).await?);
        }
        Ok(self.channels[id].clone())
    }

    pub(super) async fn username(&mut self, id: &UserId) -> Result<&str, ChatError> {
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

/// `post` is in its wire form, `channel_name` what notifications call the channel.
fn posted_event(
    post: &PostResponse,
    channel: &Channel,
    channel_name: &str,
    sender: &str,
    of_hook: bool,
) -> Event {
    let mut data = json!({
        "channel_type": channel.kind.letter(),
        "channel_display_name": channel_name,
        "channel_name": channel.name,
        "sender_name": sender,
        "team_id": channel.team_id.as_ref().map_or("", |id| id.as_str()),
        // The owner of a webhook does not write its posts.
        "set_online": !of_hook,
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

/// Whether a webhook or a plugin made the post.
pub(super) fn is_integration(post: &Post) -> bool {
    ["from_webhook", "from_plugin"].iter().any(|key| post.props.contains(key))
}

/// Whether a webhook made the post. A slash command does not name itself in its posts, and only the server sets these
/// props.
pub(super) fn is_of_hook(post: &Post) -> bool {
    post.props.contains("from_webhook") && post.props.contains("webhook_display_name")
}
