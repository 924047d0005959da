//! What a user has read: viewing channels, and marking posts as unread again.

use serde_json::{Map, Value, json};

use super::mentions::mentions_member;
use super::{Chat, ChatError};
use crate::access::AccountAccess;
use crate::bus::{Audience, Event, Scope};
use crate::model::{ChannelId, ChannelMember, Kind, MentionCounts, PostId, Timestamp};

/// Most posts searched for mentions when posts are marked as unread. Further ones count as none, and so do those that
/// do not fit into a response any more.
const MAX_SEARCHED: i64 = 1000;

impl Chat {
    /// Marks channels as read, and with `with_threads` the threads in them that the account follows. Returns those that
    /// the account is in, each with the time up to which it is read.
    pub async fn view_channels(
        &self,
        account: &AccountAccess,
        channels: Vec<ChannelId>,
        with_threads: bool,
    ) -> Result<Vec<(ChannelId, Timestamp)>, ChatError> {
        let user = account.id();
        let viewed = self.store.view_channels(user, channels).await?;
        if with_threads && !viewed.is_empty() {
            self.read_threads_in(user, viewed.iter().map(|(channel, _)| channel.clone()).collect()).await?;
        }
        if !viewed.is_empty() {
            let times: Map<String, Value> =
                viewed.iter().map(|(channel, at)| (channel.to_string(), json!(at))).collect();
            self.publish_to_user(user, "multiple_channels_viewed", &json!({"channel_times": times})).await;
        }
        Ok(viewed)
    }

    /// Marks a post and all later ones of its channel as unread, and with `with_threads` those of its thread, if the
    /// account follows it.
    pub async fn mark_unread(
        &self,
        account: &AccountAccess,
        post: &PostId,
        with_threads: bool,
    ) -> Result<ChannelMember, ChatError> {
        let user = account.id();
        let post = self.readable_post(account.caller(), post).await?;
        let channel = self.channel(&post.channel_id).await?;
        let target =
            self.store.listener(&channel.id, user).await?.ok_or(ChatError::NotFound(Kind::ChannelMember))?;
        let since = self.store.posts_from(&channel.id, post.create_at, MAX_SEARCHED).await?;
        let mut mentions = MentionCounts::default();
        for post in since {
            if mentions_member(&channel, &post, &target) {
                mentions.all += 1;
                mentions.roots += i64::from(post.root_id.is_none());
                mentions.urgent += i64::from(post.is_urgent());
            }
            // Reading long texts takes milliseconds, in which other requests of this thread would wait.
            tokio::task::yield_now().await;
        }
        let marked = self.store.mark_unread(user, &post, mentions).await?;
        let member = marked.ok_or(ChatError::NotFound(Kind::ChannelMember))?;
        let data = json!({
            "msg_count": member.msg_count, "msg_count_root": member.msg_count_root,
            "mention_count": member.mentions.all, "mention_count_root": member.mentions.roots,
            "urgent_mention_count": member.mentions.urgent, "last_viewed_at": member.last_viewed_at, "post_id": post.id,
            "channel_id": channel.id, "team_id": channel.team_id.as_ref().map_or("", |id| id.as_str()),
        });
        let scope = Scope {
            user_id: Some(user.clone()),
            channel_id: Some(channel.id.clone()),
            team_id: channel.team_id.clone(),
            ..Scope::default()
        };
        self.bus.publish(Event::new("post_unread", &data, &scope), Audience::User(user.clone())).await;
        if with_threads {
            self.mark_thread_unread(user, &channel, &post).await?;
        }
        Ok(member)
    }
}
