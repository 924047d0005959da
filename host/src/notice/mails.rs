//! Notices by mail: the users' choices, and the mails for administrators.

use super::{NoticeError, Notices, digest, limit};
use crate::access::Admin;
use crate::model::{JobId, JobKind, Kind, Mail, MailChoice, MailState, UserId};

impl Notices {
    /// Returns a user's choice, and whether the server sends mail at all.
    pub async fn mail_choice(&self, user: &UserId) -> Result<(MailChoice, bool), NoticeError> {
        Ok((self.store.mails().choice(user).await?, self.digest_hour.is_some()))
    }

    /// Records a user's choice. If the server sends no mail, only `Off` is accepted.
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
        self.store.mails().choose(user, choice, due, now).await?;
        Ok(())
    }

    /// Returns all mails, for administrators, newest first, before the given one, and whether there are more.
    pub async fn mails(
        &self,
        _: &Admin,
        state: Option<MailState>,
        before: Option<&JobId>,
        most: usize,
    ) -> Result<(Vec<Mail>, bool), NoticeError> {
        let mut found = self.store.mails().list(state, before, limit(most + 1)).await?;
        let more = found.len() > most;
        found.truncate(most);
        Ok((found, more))
    }

    /// Makes a mail due now at an administrator's request.
    pub async fn retry_mail(&self, _: &Admin, id: &JobId) -> Result<Mail, NoticeError> {
        let retried = self.store.jobs().retry(JobKind::Mail, id, self.clock.now()).await?;
        let mail = self.store.mails().get(id).await?.ok_or(NoticeError::NotFound(Kind::Mail))?;
        if !retried {
            return Err(NoticeError::NotWaiting);
        }
        Ok(mail)
    }
}
