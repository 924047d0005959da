//! Threads that a user follows: following them and reading them.

use serde_json::{Value, json};

use super::mentions::mentions_member;
use super::{Chat, ChatError};
use crate::access::{AccountAccess, TeamAccess};
use crate::bus::{Audience, Event, Scope};
use crate::model::wire::ThreadResponse;
use crate::model::{
    Channel, ChannelId, Kind, Post, PostId, TeamId, Thread, ThreadFilter, ThreadMember, Timestamp, UserId,
};

/// Most replies searched for mentions when a thread is marked as read. Further ones count as none.
const MAX_SEARCHED: i64 = 1000;

impl Chat {
    /// Returns the threads that an account follows, in their wire form.
    pub async fn threads(
        &self,
        account: &AccountAccess,
        filter: &ThreadFilter,
        limit: i64,
        extended: bool,
    ) -> Result<Vec<ThreadResponse>, ChatError> {
        let threads = self.store.threads().list(account.id(), filter, limit).await?;
        self.render_threads(threads, extended).await
    }

    /// Returns a thread that an account follows.
    pub async fn thread(
        &self,
        account: &AccountAccess,
        id: &PostId,
        extended: bool,
    ) -> Result<ThreadResponse, ChatError> {
        let root = self.readable_post(account.caller(), id).await?;
        self.followed_thread(&root, account.id(), extended).await
    }

    /// Lets an account follow a thread, or stop following it. `team` is the one that its client shows.
    pub async fn follow_thread(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        id: &PostId,
        following: bool,
    ) -> Result<(), ChatError> {
        let root = self.thread_root(account, id).await?;
        self.store.threads().set_following(&root, account.id(), following, self.clock.now()).await?;
        let data = json!({"thread_id": root.id, "state": following, "reply_count": root.reply_count});
        self.publish_about_threads(account.id(), team, "thread_follow_changed", &data).await;
        Ok(())
    }

    /// Marks a thread as read up to a moment: the later replies are unread. The account follows it from then on.
    pub async fn read_thread(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        id: &PostId,
        up_to: Timestamp,
    ) -> Result<ThreadResponse, ChatError> {
        let user = account.id();
        let root = self.thread_root(account, id).await?;
        if root.reply_count == 0 {
            return Err(ChatError::NotFound(Kind::Thread));
        }
        let before = self.thread_member(&root.id, user).await?;
        let mentions = self.mentions_since(user, &root, up_to).await?;
        self.store.threads().read(&root, user, up_to, mentions, self.clock.now()).await?;
        let thread = self.followed_thread(&root, user, false).await?;
        let data = json!({
            "thread_id": root.id, "channel_id": root.channel_id, "timestamp": up_to,
            "unread_replies": thread.unread_replies(), "unread_mentions": thread.unread_mentions(),
            "previous_unread_replies": before.as_ref().map_or(0, |member| member.unread_replies),
            "previous_unread_mentions": before.as_ref().map_or(0, |member| member.unread_mentions),
        });
        self.publish_about_threads(user, team, "thread_read_changed", &data).await;
        Ok(thread)
    }

    /// Marks one of a thread's posts and the later ones as unread.
    pub async fn set_thread_unread(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        id: &PostId,
        post: &PostId,
    ) -> Result<ThreadResponse, ChatError> {
        self.thread_root(account, id).await?;
        let post = self.store.post(post).await?.ok_or(ChatError::NotFound(Kind::Post))?;
        if post.root_id.as_ref().unwrap_or(&post.id) != id {
            let reason = "this post is not in the thread".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Thread, field: "post_id", reason });
        }
        self.read_thread(account, team, id, before_post(&post)).await
    }

    /// Marks all threads as read that an account follows in a team, and in direct and group channels.
    pub async fn read_all_threads(
        &self,
        account: &AccountAccess,
        team: &TeamAccess,
    ) -> Result<(), ChatError> {
        let team = &team.team().id;
        self.store.threads().read_team(account.id(), team, self.clock.now()).await?;
        self.publish_about_threads(account.id(), team, "thread_read_changed", &json!({})).await;
        Ok(())
    }

    /// Marks the threads as read that a user follows in these channels.
    pub(super) async fn read_threads_in(
        &self,
        user: &UserId,
        channels: Vec<ChannelId>,
    ) -> Result<(), ChatError> {
        let unread = self.store.threads().channels_with_unread(user, &channels).await?;
        if unread.is_empty() {
            return Ok(());
        }
        let at = self.clock.now();
        self.store.threads().read_channels(user, unread.clone(), at).await?;
        for channel in &unread {
            self.publish_to_user_in(user, channel, "thread_read_changed", &json!({"timestamp": at})).await;
        }
        Ok(())
    }

    /// Marks a post and the later ones of its thread as unread, if the user follows the thread and has read it so far.
    pub(super) async fn mark_thread_unread(
        &self,
        user: &UserId,
        channel: &Channel,
        post: &Post,
    ) -> Result<(), ChatError> {
        let root = post.root_id.as_ref().unwrap_or(&post.id);
        let up_to = before_post(post);
        let Some(before) = self.thread_member(root, user).await? else { return Ok(()) };
        if !before.following || before.last_viewed_at <= up_to {
            return Ok(());
        }
        let Some(root) = self.store.post(root).await?.filter(|root| root.reply_count > 0) else {
            return Ok(());
        };
        let mentions = self.mentions_since(user, &root, up_to).await?;
        self.store.threads().read(&root, user, up_to, mentions, self.clock.now()).await?;
        let Some(after) = self.thread_member(&root.id, user).await? else { return Ok(()) };
        let rendered = self.render_thread_of_event(Thread::of(root, &after)).await?;
        let previous = (before.unread_replies, before.unread_mentions);
        self.publish_thread(user, &rendered, channel.team_id.clone(), previous).await;
        Ok(())
    }

    async fn followed_thread(
        &self,
        root: &Post,
        user: &UserId,
        extended: bool,
    ) -> Result<ThreadResponse, ChatError> {
        let member = self.thread_member(&root.id, user).await?;
        let member = member.ok_or(ChatError::NotFound(Kind::ThreadMember))?;
        if !member.following || root.reply_count == 0 {
            return Err(ChatError::NotFound(Kind::Thread));
        }
        let threads = vec![Thread::of(root.clone(), &member)];
        let mut rendered = self.render_threads(threads, extended).await?;
        rendered.pop().ok_or(ChatError::NotFound(Kind::Thread))
    }

    async fn thread_member(&self, root: &PostId, user: &UserId) -> Result<Option<ThreadMember>, ChatError> {
        Ok(self.store.threads().members(root, std::slice::from_ref(user)).await?.pop())
    }

    /// Returns the first post of a thread in a channel that the caller reads.
    async fn thread_root(&self, account: &AccountAccess, id: &PostId) -> Result<Post, ChatError> {
        let root = self.readable_post(account.caller(), id).await?;
        if root.root_id.is_some() {
            return Err(ChatError::NotFound(Kind::Thread));
        }
        Ok(root)
    }

    /// Counts the replies after a moment that mention a member of the channel.
    async fn mentions_since(&self, user: &UserId, root: &Post, since: Timestamp) -> Result<i64, ChatError> {
        let channel = self.channel(&root.channel_id).await?;
        let Some(target) = self.store.listener(&channel.id, user).await? else { return Ok(0) };
        let after = Timestamp::from_millis(since.as_millis().saturating_add(1));
        let replies = self.store.replies(&root.id, (after, ""), true, MAX_SEARCHED).await?;
        let mut mentions = 0;
        for reply in replies {
            mentions += i64::from(mentions_member(&channel, &reply, &target));
            // Reading long texts takes milliseconds, in which other requests of this thread would wait.
            tokio::task::yield_now().await;
        }
        Ok(mentions)
    }

    /// Publishes to a user what they changed of their threads in a team.
    async fn publish_about_threads(&self, user: &UserId, team: &TeamId, name: &'static str, data: &Value) {
        let scope = Scope { user_id: Some(user.clone()), team_id: Some(team.clone()), ..Scope::default() };
        self.bus.publish(Event::new(name, data, &scope), Audience::User(user.clone())).await;
    }
}

/// Returns the last moment up to which the posts before this one are read.
fn before_post(post: &Post) -> Timestamp {
    Timestamp::from_millis(post.create_at.as_millis() - 1)
}
