//! A recipient's side: delivering what waits, acknowledging, reading, removing, and choosing mails.

use crate::access::rules;
use crate::bus::{Audience, Event, Scope, Topic};
use crate::model::{JobId, JobKind, Mail, MailChoice, MailState, Notice, NoticeId, User, UserId};

use super::{EVENT, NoticeError, Notices, digest, told};

/// Notices one request may acknowledge.
const MAX_ACKNOWLEDGED: usize = 200;

/// Notices that are delivered in one event; a client that acknowledges them and watches again gets the next ones.
const BATCH: usize = 50;

/// Bytes of content after which an event of several notices takes no more.
const BATCH_BYTES: usize = 256 * 1024;

impl Notices {
    /// Tells a connection that watches what nobody has acknowledged yet, oldest first.
    pub async fn deliver_pending(&self, user: &UserId, connection_id: &str) -> Result<(), NoticeError> {
        let pending = self.store.pending_notices(user, limit(BATCH + 1)).await?;
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
        let data = told(&batch, batch.len() < pending.len());
        let event = Event::new(EVENT, &data, &scope).on(Topic::Notice);
        self.bus.publish(event, Audience::User(user.clone())).await;
        Ok(())
    }

    /// A client has these: they are not delivered again. How many were waiting; others' ids change nothing.
    pub async fn acknowledge(&self, user: &UserId, ids: Vec<NoticeId>) -> Result<u64, NoticeError> {
        if ids.is_empty() || ids.len() > MAX_ACKNOWLEDGED {
            let reason = format!("a list of 1 to {MAX_ACKNOWLEDGED} ids of notices");
            return Err(NoticeError::Invalid { field: "ids", reason });
        }
        Ok(self.store.acknowledge_notices(user, ids, self.clock.now()).await?)
    }

    /// How many somebody has not read, and how many wait to be acknowledged.
    pub async fn counts(&self, user: &UserId) -> Result<(i64, i64), NoticeError> {
        Ok(self.store.notice_counts(user).await?)
    }

    /// Somebody's own, newest first, before the given one; with whether there are more.
    pub async fn list(
        &self,
        user: &UserId,
        before: Option<&NoticeId>,
        unread: bool,
        most: usize,
    ) -> Result<(Vec<Notice>, bool), NoticeError> {
        let mut found = self.store.notices(user, before, unread, limit(most + 1)).await?;
        let more = found.len() > most;
        found.truncate(most);
        Ok((found, more))
    }

    pub async fn get(&self, user: &UserId, id: &NoticeId) -> Result<Notice, NoticeError> {
        self.store.notice(user, id).await?.ok_or(NoticeError::NotFound("notice"))
    }

    /// Somebody read one: it needs no delivering any more.
    pub async fn read(&self, user: &UserId, id: &NoticeId) -> Result<Notice, NoticeError> {
        self.store.read_notice(user, id, self.clock.now()).await?;
        self.get(user, id).await
    }

    /// Somebody read all they have. How many were unread.
    pub async fn read_all(&self, user: &UserId) -> Result<u64, NoticeError> {
        Ok(self.store.read_all_notices(user, self.clock.now()).await?)
    }

    /// Somebody is done with one.
    pub async fn delete(&self, user: &UserId, id: &NoticeId) -> Result<(), NoticeError> {
        if self.store.delete_notice(user, id).await? { Ok(()) } else { Err(NoticeError::NotFound("notice")) }
    }

    /// What somebody chose about mails, and whether the server sends any.
    pub async fn mail_choice(&self, user: &UserId) -> Result<(MailChoice, bool), NoticeError> {
        Ok((self.store.mail_choice(user).await?, self.digest_hour.is_some()))
    }

    pub async fn choose_mail(&self, user: &UserId, choice: MailChoice) -> Result<(), NoticeError> {
        let now = self.clock.now();
        let due = match (choice, self.digest_hour) {
            (MailChoice::Off | MailChoice::Now, _) => now,
            (MailChoice::Hourly, _) => digest::next_hour(now),
            (MailChoice::Daily, hour) => digest::next_day(now, hour.unwrap_or_default()),
        };
        if choice != MailChoice::Off && self.digest_hour.is_none() {
            return Err(NoticeError::NoMail);
        }
        self.store.choose_mail(user, choice, due, now).await?;
        Ok(())
    }

    /// The queue of mails, for administrators: newest first, before the given one; with whether there are more.
    pub async fn mails(
        &self,
        by: &User,
        state: Option<MailState>,
        before: Option<&JobId>,
        most: usize,
    ) -> Result<(Vec<Mail>, bool), NoticeError> {
        rules::administer(by)?;
        let mut found = self.store.mails(state, before, limit(most + 1)).await?;
        let more = found.len() > most;
        found.truncate(most);
        Ok((found, more))
    }

    /// An administrator has a mail tried again, at once.
    pub async fn retry_mail(&self, by: &User, id: &JobId) -> Result<Mail, NoticeError> {
        rules::administer(by)?;
        let retried = self.store.jobs().retry(JobKind::Mail, id, self.clock.now()).await?;
        let mail = self.store.mail(id).await?.ok_or(NoticeError::NotFound("mail"))?;
        if !retried {
            return Err(NoticeError::NotWaiting);
        }
        Ok(mail)
    }
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
