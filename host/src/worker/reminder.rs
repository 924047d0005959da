//! Jobs of the kind `reminder`: the server's bot sends a user a message about a post.

use std::sync::Arc;
use std::time::Duration;

use super::{Attempt, Handler, JobLimits};
use crate::access::{Access, AccessError};
use crate::chat::{Chat, ChatError};
use crate::model::{ClaimedJob, JobKind, PostId, User, UserId};
use crate::store::StoreError;

/// The account that sends reminders. It has no owner, and is created with the first reminder.
const BOT: (&str, &str) = ("system-bot", "System");

const LIMITS: JobLimits = JobLimits {
    at_once: 2,
    per_subject: None,
    attempts: 5,
    timeout: Duration::from_secs(30),
    keep: Duration::from_hours(30 * 24),
};

/// Sends reminders.
#[derive(Debug)]
pub struct Reminder {
    access: Access,
    chat: Chat,
    /// The address that links start with, without a trailing slash.
    site_url: Arc<str>,
}

impl Reminder {
    pub fn new(access: Access, chat: Chat, site_url: Arc<str>) -> Self {
        Self { access, chat, site_url }
    }

    async fn send(&self, job: &ClaimedJob) -> Result<Option<bool>, ChatError> {
        let post: Option<PostId> = job.payload["post_id"].as_str().and_then(|id| id.parse().ok());
        let user: Option<UserId> = job.subject.parse().ok();
        let (Some(post), Some(user)) = (post, user) else { return Ok(Some(false)) };
        let Some(bot) = self.bot().await? else { return Ok(None) };
        let key = format!("reminder:{}", job.id);
        self.chat.remind(&bot, &user, &post, &self.site_url, key).await.map(Some)
    }

    /// Returns the bot, or None if its name belongs to another account.
    async fn bot(&self) -> Result<Option<User>, AccessError> {
        let (username, display_name) = BOT;
        self.access.server_bot(username, display_name).await
    }
}

impl Handler for Reminder {
    const KIND: JobKind = JobKind::Reminder;

    fn limits(&self) -> JobLimits {
        LIMITS
    }

    async fn run(&self, job: &ClaimedJob) -> Result<Attempt, StoreError> {
        match self.send(job).await {
            Ok(Some(true)) => Ok(Attempt::Done),
            Ok(Some(false)) => Ok(Attempt::Discarded),
            Ok(None) => {
                let reason = format!("the account `{}` is no bot of the server: rename it", BOT.0);
                Ok(Attempt::Failed { permanent: true, reason })
            }
            Err(ChatError::Store(error)) => Err(error),
            Err(error) => Ok(Attempt::Failed { permanent: false, reason: error.to_string() }),
        }
    }
}
