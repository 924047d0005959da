//! Posts that a user orders for later. Each is a job.

use std::time::Duration;

use serde_json::json;

use super::{Chat, ChatError};
use crate::model::{
    Changes, ChannelId, ClaimedJob, JobId, JobKind, Kind, MAX_JOB_PAYLOAD, NewJob, Place, Post, PostId, User,
    UserId,
};

/// Most posts of one account that wait. Past it, further ones are refused.
const MAX_WAITING: i64 = 100;

/// Bytes of a job's payload beside the text.
const OTHER_PAYLOAD: usize = 256;

impl Chat {
    /// Posts a text for its author after a while, wherever the author may post then.
    pub async fn echo_later(
        &self,
        author: &User,
        place: &Place,
        text: &str,
        delay: Duration,
    ) -> Result<(), ChatError> {
        let now = self.clock.now();
        let payload = json!({"channel_id": place.channel_id, "root_id": place.root_id, "message": text});
        if payload.to_string().len() > MAX_JOB_PAYLOAD - OTHER_PAYLOAD {
            let reason = "a text for later is shorter: send it at once, or in parts".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Post, field: "message", reason });
        }
        let id: JobId = self.clock.id();
        let job = NewJob {
            unique_key: Some(id.to_string()),
            id,
            kind: JobKind::Echo,
            subject: author.id.to_string(),
            payload,
            due_at: now.plus(delay),
            create_at: now,
        };
        if self.store.schedule_job(job, MAX_WAITING).await? {
            return Ok(());
        }
        let reason = format!("{MAX_WAITING} posts are waiting already, as many as an account may have");
        Err(ChatError::Invalid { kind: Kind::Post, field: "message", reason })
    }

    /// Posts a text that is due. Returns false if there is nothing to do: the author is deactivated, or may no longer post
    /// there. A repetition posts nothing.
    pub async fn echo(&self, job: &ClaimedJob) -> Result<bool, ChatError> {
        let text = |name: &str| job.payload[name].as_str().unwrap_or_default();
        let author: Option<UserId> = job.subject.parse().ok();
        let channel: Option<ChannelId> = text("channel_id").parse().ok();
        let root_id: Option<PostId> = text("root_id").parse().ok();
        let (Some(author), Some(channel)) = (author, channel) else { return Ok(false) };
        let Some(author) = self.store.user(&author).await?.filter(|user| user.delete_at.is_never()) else {
            return Ok(false);
        };
        let channel = match self.postable_channel(&author, &channel, root_id.as_ref()).await {
            Err(ChatError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(false),
            Ok(channel) => channel,
        };
        let place = Place { root_id, ..Place::from(&channel) };
        let post =
            Post::new(self.clock.id(), &author.id, &place, text("message").to_owned(), self.clock.stamp());
        let mut changes = Changes::of_posts(vec![post]);
        self.set_links(&mut changes.posts).await?;
        changes.once.extend(changes.posts.iter().map(|post| (format!("echo:{}", job.id), post.id.clone())));
        changes.author_views.push((channel.id.clone(), author.id.clone()));
        match self.publish_from(&author, &channel, changes).await {
            Err(ChatError::Store(error)) if error.is_conflict() => Ok(true),
            published => published.map(|()| true),
        }
    }
}
