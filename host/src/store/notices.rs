//! `notices` and `notice_recipients`: notices from programs to users, and which recipients have received and read them.

use std::collections::HashMap;

use const_format::concatcp;
use serde_json::json;
use sqlx::types::Json;

use super::list::fill;
use super::{Db, Store, StoreError, Tx, jobs};
use crate::model::{
    JobId, JobKind, MailChoice, MailJob, MailKind, NewJob, NewNotice, Notice, NoticeId, Timestamp, UserId,
};

pub(super) const SELECT_NOTICE: &str = "select n.id, n.title, n.subtitle, n.content, n.content_type, n.url, \
    n.actions, n.sender, n.source, n.create_at, r.read_at, r.acknowledged_at from notice_recipients r join \
    notices n on n.id = r.notice_id ";

const INSERT: &str = "insert into notices (id, title, subtitle, content, content_type, url, actions, sender, source, \
    create_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

// All units of work use the same order of recipients, so that no two deadlock.
const RECIPIENTS: [&str; 2] = over_texts!(
    "with recipients (id) as",
    "$1",
    "insert into notice_recipients (user_id, notice_id, create_at, read_at, acknowledged_at) \
     select id, $2, $3, 0, 0 from recipients order by id"
);
const MAIL_CHOICES: [&str; 2] = over_texts!(
    "select s.user_id, s.mail from notice_settings s join users u on u.id = s.user_id \
     where s.mail <> 'off' and u.delete_at = 0 and s.user_id in",
    "$1",
    "order by s.user_id"
);
const MAIL_NOTICES: [&str; 2] = over_texts!(
    "with mails (id) as",
    "$1",
    "insert into mail_notices (mail_id, notice_id) select id, $2 from mails order by id"
);

const ONE: &str = concatcp!(SELECT_NOTICE, "where r.user_id = $1 and r.notice_id = $2");
const PAGE: &str = concatcp!(
    SELECT_NOTICE,
    "where r.user_id = $1 and ($2 = '' or r.notice_id < $2) order by r.notice_id desc limit $3"
);
const UNREAD_PAGE: &str = concatcp!(
    SELECT_NOTICE,
    "where r.user_id = $1 and r.read_at = 0 and ($2 = '' or r.notice_id < $2) order by r.notice_id desc limit $3"
);
const PENDING: &str =
    concatcp!(SELECT_NOTICE, "where r.user_id = $1 and r.acknowledged_at = 0 order by r.notice_id limit $2");

const ACKNOWLEDGE: [&str; 2] = over_texts!(
    "update notice_recipients set acknowledged_at = $3 where user_id = $1 and acknowledged_at = 0 and notice_id in",
    "$2",
    ""
);

/// A handle for notices and their recipients. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notices(pub(super) Store);

impl Store {
    /// Returns a handle for notices and their recipients.
    pub fn notices(&self) -> Notices {
        Notices(self.clone())
    }
}

impl Notices {
    /// Writes a notice, a row per recipient, and mails for the recipients who chose them.
    ///
    /// Returns `Missing` if a recipient has no account.
    pub async fn create(&self, new: NewNotice) -> Result<(), StoreError> {
        self.0.beside_cache().write(move |tx| Box::pin(async move { insert(tx, &new).await })).await
    }

    /// Returns a notice as one recipient has it.
    pub async fn get(&self, user: &UserId, id: &NoticeId) -> Result<Option<Notice>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(ONE).bind(user).bind(id).fetch_optional(conn).await)
    }

    /// Returns a user's notices, newest first, before the given one.
    pub async fn list(
        &self,
        user: &UserId,
        before: Option<&NoticeId>,
        unread: bool,
        limit: i64,
    ) -> Result<Vec<Notice>, StoreError> {
        let sql = if unread { UNREAD_PAGE } else { PAGE };
        let before = before.map_or("", NoticeId::as_str);
        read!(self.0.db, conn => fill(sqlx::query_as(sql).bind(user).bind(before).bind(limit).fetch(conn)).await)
    }

    /// Returns a user's notices that no client has acknowledged, oldest first.
    pub async fn pending(&self, user: &UserId, limit: i64) -> Result<Vec<Notice>, StoreError> {
        read!(self.0.db, conn => fill(sqlx::query_as(PENDING).bind(user).bind(limit).fetch(conn)).await)
    }

    /// Returns how many notices of a user are unread, and how many are unacknowledged.
    pub async fn counts(&self, user: &UserId) -> Result<(i64, i64), StoreError> {
        read!(self.0.db, conn => sqlx::query_as(
            "select (select count(*) from notice_recipients where user_id = $1 and read_at = 0), \
             (select count(*) from notice_recipients where user_id = $1 and acknowledged_at = 0)")
            .bind(user).fetch_one(conn).await)
    }

    /// Marks a user's notices as acknowledged. Returns how many were not before. Ids of other users' notices are
    /// ignored.
    pub async fn acknowledge(
        &self,
        user: &UserId,
        ids: Vec<NoticeId>,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let user = user.clone();
        let sql = self.0.db.of(ACKNOWLEDGE);
        unit!(self.0.beside_cache(), sql, [&user, Json(&ids), at]).await
    }

    /// Marks a notice as read and acknowledged. Returns false if the user has no such notice.
    pub async fn read(&self, user: &UserId, id: &NoticeId, at: Timestamp) -> Result<bool, StoreError> {
        let (user, id) = (user.clone(), id.clone());
        let rows = unit!(
            self.0.beside_cache(),
            "update notice_recipients set read_at = case read_at when 0 then $3 else read_at end, \
             acknowledged_at = case acknowledged_at when 0 then $3 else acknowledged_at end \
             where user_id = $1 and notice_id = $2",
            [&user, &id, at]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Marks all notices of a user as read. Returns how many were unread.
    pub async fn read_all(&self, user: &UserId, at: Timestamp) -> Result<u64, StoreError> {
        let user = user.clone();
        unit!(
            self.0.beside_cache(),
            "update notice_recipients set read_at = $2, \
             acknowledged_at = case acknowledged_at when 0 then $2 else acknowledged_at end \
             where user_id = $1 and read_at = 0",
            [&user, at]
        )
        .await
    }

    /// Removes a notice from one recipient. Returns false if the user has no such notice.
    pub async fn delete(&self, user: &UserId, id: &NoticeId) -> Result<bool, StoreError> {
        let (user, id) = (user.clone(), id.clone());
        let rows = unit!(
            self.0.beside_cache(),
            "delete from notice_recipients where user_id = $1 and notice_id = $2",
            [&user, &id]
        )
        .await?;
        Ok(rows > 0)
    }
}

async fn insert(tx: &mut Tx, new: &NewNotice) -> Result<(), StoreError> {
    let NewNotice { id, draft, recipients, create_at, digests } = new;
    run!(
        tx,
        INSERT,
        [
            id,
            &draft.title,
            &draft.subtitle,
            &draft.content,
            draft.content_type,
            &draft.url,
            Json(&draft.actions),
            Json(&draft.sender),
            &draft.source,
            create_at
        ]
    )
    .await?;
    let users: Vec<&UserId> = recipients.iter().map(|(user, _)| user).collect();
    let sql = tx.of(RECIPIENTS);
    run!(tx, sql, [Json(&users), id, create_at]).await?;
    let Some(digests) = digests else { return Ok(()) };
    let sql = tx.of(MAIL_CHOICES);
    let choices: Vec<(UserId, MailChoice)> =
        on_tx!(tx, conn => sqlx::query_as(sql).bind(Json(&users)).fetch_all(conn).await?);
    if choices.is_empty() {
        return Ok(());
    }
    let ids: HashMap<&UserId, &JobId> = recipients.iter().map(|(user, mail)| (user, mail)).collect();
    let mails: Vec<NewJob> = choices
        .iter()
        .filter_map(|(user, choice)| mail_of(user, *choice, ids.get(user)?, *create_at, *digests))
        .collect();
    let mails = jobs::join(tx, JobKind::Mail, &mails).await?;
    let sql = tx.of(MAIL_NOTICES);
    run!(tx, sql, [Json(&mails), id]).await?;
    Ok(())
}

/// Returns the mail that a recipient chose. Further notices join a digest until it is due.
fn mail_of(
    user: &UserId,
    choice: MailChoice,
    id: &JobId,
    now: Timestamp,
    (hourly, daily): (Timestamp, Timestamp),
) -> Option<NewJob> {
    let (kind, due_at) = match choice {
        MailChoice::Off => return None,
        MailChoice::Now => (MailKind::Notice, now),
        MailChoice::Hourly => (MailKind::Digest, hourly),
        MailChoice::Daily => (MailKind::Digest, daily),
    };
    Some(NewJob {
        id: id.clone(),
        kind: JobKind::Mail,
        subject: user.as_str().to_owned(),
        payload: json!(MailJob { kind }),
        unique_key: (kind == MailKind::Digest).then(|| user.as_str().to_owned()),
        due_at,
        create_at: now,
    })
}
