//! A recipient's notices: delivering, acknowledging, listing, reading and removing them.

use crate::bus::{Audience, Event, Scope, Topic};
use crate::model::{Kind, Notice, NoticeId, UserId, is_full};

use super::{EVENT, NoticeError, Notices, event_data, limit};

/// Most notices that one request acknowledges; more are refused.
const MAX_ACKNOWLEDGED: usize = 200;

/// Most notices in one event; a client that acknowledges them and watches again gets the next ones.
const BATCH: usize = 50;

/// Once an event has this many bytes of content, it takes no further notice.
const BATCH_BYTES: usize = 256 * 1024;

impl Notices {
    /// Publishes the unacknowledged notices of a user to one connection, oldest first.
    pub async fn deliver_pending(&self, user: &UserId, connection_id: &str) -> Result<(), NoticeError> {
        let pending = self.store.notices().pending(user, limit(BATCH + 1)).await?;
        let mut bytes = 0;
        let mut fits = |notice: &&Notice| {
            let first = bytes == 0;
            bytes += notice.draft.content.len() + 1;
            first || bytes <= BATCH_BYTES
        };
        let batch: Vec<&Notice> = pending.iter().take(BATCH).take_while(|notice| fits(notice)).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let scope = Scope { connection_id: Some(connection_id.to_owned()), ..Scope::default() };
        let data = event_data(&batch, batch.len() < pending.len());
        let event = Event::new(EVENT, &data, &scope).on(Topic::Notice);
        self.bus.publish(event, Audience::User(user.clone())).await;
        Ok(())
    }

    /// Acknowledges notices, so that they are not delivered again. Returns how many were unacknowledged. Ids of other
    /// users' notices are ignored.
    pub async fn acknowledge(&self, user: &UserId, ids: Vec<NoticeId>) -> Result<u64, NoticeError> {
        if ids.is_empty() || ids.len() > MAX_ACKNOWLEDGED {
            let reason = format!("send a list of 1 to {MAX_ACKNOWLEDGED} ids of notices");
            return Err(NoticeError::Invalid { field: "ids", reason });
        }
        Ok(self.store.notices().acknowledge(user, ids, self.clock.now()).await?)
    }

    /// Returns how many notices of a user are unread, and how many are unacknowledged.
    pub async fn counts(&self, user: &UserId) -> Result<(i64, i64), NoticeError> {
        Ok(self.store.notices().counts(user).await?)
    }

    /// Returns a user's notices, newest first, before the given one, and whether there are more.
    pub async fn list(
        &self,
        user: &UserId,
        before: Option<&NoticeId>,
        unread: bool,
        most: usize,
    ) -> Result<(Vec<Notice>, bool), NoticeError> {
        let mut found = self.store.notices().list(user, before, unread, limit(most + 1)).await?;
        let more = found.len() > most || is_full(&found);
        found.truncate(most);
        Ok((found, more))
    }

    pub async fn get(&self, user: &UserId, id: &NoticeId) -> Result<Notice, NoticeError> {
        self.store.notices().get(user, id).await?.ok_or(NoticeError::NotFound(Kind::Notice))
    }

    /// Marks a notice as read and acknowledged.
    pub async fn read(&self, user: &UserId, id: &NoticeId) -> Result<Notice, NoticeError> {
        self.store.notices().read(user, id, self.clock.now()).await?;
        self.get(user, id).await
    }

    /// Marks all notices of a user as read. Returns how many were unread.
    pub async fn read_all(&self, user: &UserId) -> Result<u64, NoticeError> {
        Ok(self.store.notices().read_all(user, self.clock.now()).await?)
    }

    /// Removes a notice from a user's list.
    pub async fn delete(&self, user: &UserId, id: &NoticeId) -> Result<(), NoticeError> {
        if self.store.notices().delete(user, id).await? {
            Ok(())
        } else {
            Err(NoticeError::NotFound(Kind::Notice))
        }
    }
}
