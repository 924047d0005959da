//! What a receiver responds with becomes a message of its hook, as in Mattermost: the status of the response and its
//! content type do not matter.

use super::{OutgoingError, OutgoingHooks};
use crate::chat::{ChatError, Origin, compose};
use crate::hook::identity::{find_picture, shown_as};
use crate::hook::payload::{HookReply, reply};
use crate::model::{Changes, Channel, ChannelKind, DeliveryTarget, JobId, Place};
use crate::slack;

impl OutgoingHooks {
    /// Posts what a receiver responded with, once for each delivery. Returns false if there is nothing to post: no text
    /// and no attachments, or a channel that is archived or no longer public. An error of the text itself is the
    /// receiver's fault.
    pub async fn post_reply(
        &self,
        delivery: &JobId,
        target: &DeliveryTarget,
        body: &[u8],
    ) -> Result<bool, OutgoingError> {
        let read = reply(body)
            .map_err(|error| OutgoingError::Invalid { field: "response", reason: error.to_string() })?;
        let Some(HookReply { mut message, is_comment }) = read else { return Ok(false) };
        let payload = &target.payload;
        let channel = self.store.channel(&payload.channel_id).await?;
        let is_open = |channel: &Channel| channel.kind == ChannelKind::Public && channel.delete_at.is_never();
        let Some(channel) = channel.filter(is_open) else { return Ok(false) };
        let root = if is_comment { self.store.post(&payload.post_id).await? } else { None };
        // A comment on a reply joins its thread.
        let root_id = root.map(|post| post.root_id.unwrap_or(post.id));
        let place = Place { root_id, ..Place::from(&channel) };
        let hook = &target.hook;
        let allowed = (self.policy.username_override, self.policy.icon_override);
        self.chat.replace_slack_words(&mut message).await?;
        slack::replace_links(&mut message);
        shown_as(allowed, (&hook.username, &hook.icon_url), &mut message);
        find_picture(&self.chat, &mut message).await?;
        let origin = Origin::Hook { display_name: &hook.display_name };
        let posts = compose(&self.clock, &hook.creator_id, &place, &message, &origin);
        let Some(first) = posts.first() else { return Ok(false) };
        let once = vec![(format!("delivery:{delivery}"), first.id.clone())];
        match self.chat.publish(Changes { once, ..Changes::of_posts(posts) }).await {
            // An earlier attempt had a response that was posted.
            Err(ChatError::Store(error)) if error.is_conflict() => Ok(false),
            published => published.map(|()| true).map_err(Into::into),
        }
    }
}
