//! Mails: which users want notices by mail, and the jobs of the kind `mail` with their notices.

use const_format::concatcp;

use super::notices::SELECT_NOTICE;
use super::{Db, Store, StoreError, jobs};
use crate::model::{JobId, JobKind, Mail, MailChoice, MailState, Notice, Timestamp, UserId};

/// The notices of a mail that the recipient has not removed.
const NOTICES: &str = concatcp!(
    SELECT_NOTICE,
    "join mail_notices t on t.notice_id = r.notice_id where t.mail_id = $1 and r.user_id = $2 \
     and (not $3 or r.read_at = 0) order by r.notice_id limit $4"
);

/// A handle for mails and who wants them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mails(Store);

impl Store {
    /// Returns a handle for mails and who wants them.
    pub fn mails(&self) -> Mails {
        Mails(self.clone())
    }
}

impl Mails {
    /// Returns whether a user wants notices by mail. The default is `Off`.
    pub async fn choice(&self, user: &UserId) -> Result<MailChoice, StoreError> {
        let chosen: Option<MailChoice> = read!(self.0.db, conn => sqlx::query_scalar(
            "select mail from notice_settings where user_id = $1").bind(user).fetch_optional(conn).await)?;
        Ok(chosen.unwrap_or_default())
    }

    /// Records a user's choice. A gathering digest becomes due at `digest_due`. `Off` removes the waiting mails,
    /// except those that are being sent.
    pub async fn choose(
        &self,
        user: &UserId,
        choice: MailChoice,
        digest_due: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let user = user.clone();
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    run!(
                        tx,
                        "insert into notice_settings (user_id, mail) values ($1, $2) \
                     on conflict (user_id) do update set mail = excluded.mail",
                        [&user, choice]
                    )
                    .await?;
                    if choice == MailChoice::Off {
                        jobs::remove_waiting(tx, JobKind::Mail, user.as_str(), now).await
                    } else {
                        jobs::reschedule(tx, JobKind::Mail, user.as_str(), digest_due).await
                    }
                })
            })
            .await
    }

    /// Returns the notices of a mail, oldest first, without those that the recipient has removed and, with `unread`,
    /// without those that they have read.
    pub async fn notices(
        &self,
        mail: &JobId,
        user: &UserId,
        unread: bool,
        limit: i64,
    ) -> Result<Vec<Notice>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(NOTICES).bind(mail).bind(user).bind(unread).bind(limit)
            .fetch_all(conn).await)
    }

    /// Returns the mails in this state, or all, newest first, before the given one.
    pub async fn list(
        &self,
        state: Option<MailState>,
        before: Option<&JobId>,
        limit: i64,
    ) -> Result<Vec<Mail>, StoreError> {
        jobs::list(&self.0, JobKind::Mail, state.map(MailState::job_state), before, limit).await
    }

    pub async fn get(&self, id: &JobId) -> Result<Option<Mail>, StoreError> {
        jobs::get(&self.0, JobKind::Mail, id).await
    }
}
