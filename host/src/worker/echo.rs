//! Jobs of the kind `echo`: a post that its author ordered for later.

use std::time::Duration;

use super::{Attempt, Handler, JobLimits};
use crate::chat::{Chat, ChatError};
use crate::model::{ClaimedJob, JobKind};
use crate::store::StoreError;

const LIMITS: JobLimits = JobLimits {
    at_once: 2,
    per_subject: None,
    attempts: 5,
    timeout: Duration::from_secs(30),
    keep: Duration::from_hours(24),
};

/// Posts what is due.
#[derive(Debug)]
pub struct Echo {
    chat: Chat,
}

impl Echo {
    pub fn new(chat: Chat) -> Self {
        Self { chat }
    }
}

impl Handler for Echo {
    const KIND: JobKind = JobKind::Echo;

    fn limits(&self) -> JobLimits {
        LIMITS
    }

    async fn run(&self, job: &ClaimedJob) -> Result<Attempt, StoreError> {
        match self.chat.echo(job).await {
            Ok(true) => Ok(Attempt::Done),
            Ok(false) => Ok(Attempt::Discarded),
            Err(ChatError::Store(error)) => Err(error),
            Err(error) => Ok(Attempt::Failed { permanent: false, reason: error.to_string() }),
        }
    }
}
