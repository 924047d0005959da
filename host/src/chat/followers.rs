//! Who follows a thread because of a new reply, and the events that its followers get.
//!
//! An author follows the threads that they start or reply in, and so does a user whom one of its posts mentions.
//! Nothing here is read for a post that is not a reply.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::mentions::is_conversation;
use super::{Chat, ChatError};
use crate::bus::{Audience, Event, Scope};
use crate::model::wire::{self, ThreadResponse};
use crate::model::{Channel, FollowCause, MentionTarget, Post, PostId, TeamId, Thread, ThreadFollow, UserId};

/// The new replies of one thread in a unit of work that is committed.
pub(super) struct RepliedThread {
    /// The first post, read after the commit.
    pub(super) root: Post,
    /// The followers, the authors of the replies included.
    followers: Vec<UserId>,
    /// Per author, their new replies.
    replies: HashMap<UserId, i64>,
    /// Per user, the new replies that mention them.
    mentions: HashMap<UserId, i64>,
}

impl Chat {
    /// Returns who follows the threads of these new posts from now on. `mentioned` are the users that each post
    /// mentions.
    pub(super) async fn new_followers(
        &self,
        posts: &[Post],
        mentioned: &[Vec<UserId>],
    ) -> Result<Vec<ThreadFollow>, ChatError> {
        let mut follows = Vec::new();
        let mut roots = BTreeSet::new();
        for (reply, users) in posts.iter().zip(mentioned) {
            let Some(root) = &reply.root_id else { continue };
            roots.insert(root.clone());
            let follow = |user: &UserId, cause| ThreadFollow {
                post_id: root.clone(),
                user_id: user.clone(),
                channel_id: reply.channel_id.clone(),
                cause,
                at: reply.create_at,
            };
            follows.push(follow(&reply.user_id, FollowCause::Reply));
            follows.extend(users.iter().map(|user| follow(user, FollowCause::Mention)));
        }
        if roots.is_empty() {
            return Ok(follows);
        }
        let (new, old): (Vec<PostId>, Vec<PostId>) =
            roots.into_iter().partition(|root| posts.iter().any(|post| post.id == *root));
        let mut roots: Vec<Post> = posts.iter().filter(|post| new.contains(&post.id)).cloned().collect();
        if !old.is_empty() {
            roots.extend(self.store.posts_by_id(&old).await?);
        }
        // Only the first reply makes those follow whom the first post concerns.
        for root in roots.iter().filter(|root| root.reply_count == 0) {
            let users = self.concerned_by(root).await?;
            follows.extend(users.into_iter().map(|user_id| ThreadFollow {
                post_id: root.id.clone(),
                user_id,
                channel_id: root.channel_id.clone(),
                cause: FollowCause::Root,
                at: root.create_at,
            }));
        }
        // All units of work use the same order, so that no two deadlock on their rows.
        follows.sort();
        Ok(follows)
    }

    /// Returns the users who follow a thread from its first reply: its author, whom it mentions, and the members who
    /// follow every thread of the channel.
    async fn concerned_by(&self, root: &Post) -> Result<BTreeSet<UserId>, ChatError> {
        let mut users = BTreeSet::new();
        if !root.props.contains("from_webhook") {
            users.insert(root.user_id.clone());
        }
        let Some(audience) = self.store.audience(&root.channel_id).await? else { return Ok(users) };
        if !is_conversation(audience.kind) {
            users.extend(self.mentioned(&audience, root).await?);
            let all = audience.particular.iter().filter(|target| follows_all_threads(target));
            users.extend(all.map(|target| target.user_id.clone()));
        }
        Ok(users)
    }

    /// Reads the threads of new replies, for their events.
    pub(super) async fn replied_threads(
        &self,
        replies: &[(&Post, &[UserId])],
    ) -> Result<BTreeMap<PostId, RepliedThread>, ChatError> {
        let mut threads: BTreeMap<PostId, RepliedThread> = BTreeMap::new();
        for (reply, mentioned) in replies {
            let Some(id) = &reply.root_id else { continue };
            if !threads.contains_key(id) {
                let Some(root) = self.store.post(id).await? else { continue };
                let followers = self.store.threads().followers(id).await?;
                let thread =
                    RepliedThread { root, followers, replies: HashMap::new(), mentions: HashMap::new() };
                threads.insert(id.clone(), thread);
            }
            if let Some(thread) = threads.get_mut(id) {
                *thread.replies.entry(reply.user_id.clone()).or_default() += 1;
                for user in *mentioned {
                    *thread.mentions.entry(user.clone()).or_default() += 1;
                }
            }
        }
        Ok(threads)
    }

    /// Publishes a thread with new replies to each of its followers who is connected.
    pub(super) async fn publish_replied(
        &self,
        thread: RepliedThread,
        channel: &Channel,
    ) -> Result<(), ChatError> {
        let RepliedThread { root, followers, replies, mentions } = thread;
        let connected: Vec<UserId> =
            followers.into_iter().filter(|user| self.bus.is_connected(user)).collect();
        if connected.is_empty() {
            return Ok(());
        }
        let members = self.store.threads().members(&root.id, &connected).await?;
        let Some(first) = members.first() else { return Ok(()) };
        let author = root.user_id.clone();
        let rendered = self.render_thread_of_event(Thread::of(root, first)).await?;
        let new: i64 = replies.values().sum();
        for member in &members {
            let mentioned = mentions.get(&member.user_id).copied().unwrap_or_default();
            // A user whom no earlier reply concerned begins to follow, so nothing was unread for them.
            let is_new = member.last_viewed_at.is_never()
                && member.user_id != author
                && mentioned > 0
                && member.unread_mentions == mentioned;
            let unread = if is_new { 0 } else { (member.unread_replies - new).max(0) };
            let previous = (unread, (member.unread_mentions - mentioned).max(0));
            let thread = rendered.for_member(member);
            self.publish_thread(&member.user_id, &thread, channel.team_id.clone(), previous).await;
        }
        Ok(())
    }

    /// Returns the users whom a reply mentions; none for a post that is not a reply.
    pub(super) async fn mentioned_by_reply(&self, post: &Post) -> Result<Vec<UserId>, ChatError> {
        if post.root_id.is_none() {
            return Ok(Vec::new());
        }
        Ok(self.mentioned_by(std::slice::from_ref(post)).await?.concat())
    }

    /// Publishes a thread to the users whom a deleted reply of it mentions.
    pub(super) async fn publish_forgotten(&self, reply: &Post, channel: &Channel, mentioned: Vec<UserId>) {
        if let Err(error) = self.publish_without(reply, channel, mentioned).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(post = %reply.id, error, "a thread was not published");
        }
    }

    async fn publish_without(
        &self,
        reply: &Post,
        channel: &Channel,
        mut mentioned: Vec<UserId>,
    ) -> Result<(), ChatError> {
        mentioned.retain(|user| self.bus.is_connected(user));
        let Some(root) = reply.root_id.as_ref().filter(|_| !mentioned.is_empty()) else { return Ok(()) };
        let Some(root) = self.store.post(root).await? else { return Ok(()) };
        let mut members = self.store.threads().members(&root.id, &mentioned).await?;
        members.retain(|member| member.following && member.last_viewed_at < reply.create_at);
        let Some(first) = members.first() else { return Ok(()) };
        let rendered = self.render_thread_of_event(Thread::of(root, first)).await?;
        for member in &members {
            let previous = (member.unread_replies + 1, member.unread_mentions + 1);
            let thread = rendered.for_member(member);
            self.publish_thread(&member.user_id, &thread, channel.team_id.clone(), previous).await;
        }
        Ok(())
    }

    /// Publishes to a user what they have unread in a thread. `previous` are the unread replies and mentions before.
    pub(super) async fn publish_thread(
        &self,
        user: &UserId,
        thread: &ThreadResponse,
        team_id: Option<TeamId>,
        (replies, mentions): (i64, i64),
    ) {
        let data = json!({
            "thread": wire::text(thread), "previous_unread_replies": replies,
            "previous_unread_mentions": mentions,
        });
        let scope = Scope { user_id: Some(user.clone()), team_id, ..Scope::default() };
        let event = Event::new("thread_updated", &data, &scope);
        self.bus.publish(event, Audience::User(user.clone())).await;
    }
}

impl RepliedThread {
    /// Returns the followers whom a reply by `author` concerns.
    pub(super) fn followers_except(&self, author: &UserId) -> Vec<UserId> {
        self.followers.iter().filter(|user| *user != author).cloned().collect()
    }
}

/// Whether a member follows every thread of the channel that gets a reply.
fn follows_all_threads(target: &MentionTarget) -> bool {
    target.channel_props.get("channel_auto_follow_threads").and_then(Value::as_str) == Some("on")
}
