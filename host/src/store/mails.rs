//! `mails`, `mail_notices` and `notice_settings`: who wants notices by mail, and the queue of those mails.

use sqlx::types::Json;

use super::notices::select_notice;
use super::{Db, Store, StoreError, Tx};
use crate::model::{ClaimedMail, JobId, Mail, MailChoice, MailEnd, MailState, Notice, Timestamp, UserId};

const CLAIM: [&str; 2] = [
    "update mails set claimed_until = $2, attempts = attempts + 1, state = 'waiting' where id in \
     (select id from mails where state in ('gathering', 'waiting') and due_at <= $1 and claimed_until <= $1 \
     order by due_at, id limit $3) returning id, user_id, kind, attempts, claimed_until",
    "update mails set claimed_until = $2, attempts = attempts + 1, state = 'waiting' where id in \
     (select id from mails where state in ('gathering', 'waiting') and due_at <= $1 and claimed_until <= $1 \
     order by due_at, id limit $3 for update skip locked) returning id, user_id, kind, attempts, claimed_until",
];

macro_rules! select_mail {
    ($rest:literal) => {
        concat!(
            "select id, user_id, kind, state, attempts, due_at, last_error, create_at, ended_at from mails ",
            $rest
        )
    };
}

const BY_ID: &str = select_mail!("where id = $1");
const PAGE: &str =
    select_mail!("where ($1 = '' or state = $1) and ($2 = '' or id < $2) order by id desc limit $3");

/// What a mail tells: its notices that its reader still has.
const NOTICES: &str = select_notice!(
    "join mail_notices t on t.notice_id = r.notice_id where t.mail_id = $1 and r.user_id = $2 \
     and (not $3 or r.read_at = 0) order by r.notice_id limit $4"
);

impl Store {
    /// Whether somebody wants notices by mail; off, unless they said so.
    pub async fn mail_choice(&self, user: &UserId) -> Result<MailChoice, StoreError> {
        let chosen: Option<MailChoice> = on_read!(self.db, pool => sqlx::query_scalar(
            "select mail from notice_settings where user_id = $1").bind(user).fetch_optional(pool).await?);
        Ok(chosen.unwrap_or_default())
    }

    /// Writes what somebody chose. A digest that gathers is due then; with `Off` nothing that waits is sent any more,
    /// except what is being sent right now.
    pub async fn choose_mail(
        &self,
        user: &UserId,
        choice: MailChoice,
        digest_due: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let user = user.clone();
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => sqlx::query(
                    "insert into notice_settings (user_id, mail) values ($1, $2) \
                     on conflict (user_id) do update set mail = excluded.mail")
                    .bind(&user).bind(choice).execute(conn).await?.rows_affected());
                if choice == MailChoice::Off {
                    return remove_waiting(tx, &user, now).await;
                }
                on_tx!(tx, conn => sqlx::query(
                    "update mails set due_at = $2 where user_id = $1 and state = 'gathering'")
                    .bind(&user).bind(digest_due).execute(conn).await?.rows_affected());
                Ok(())
            })
        })
        .await
    }

    /// Takes up to `limit` mails that are due and that nobody holds, the longest due first, and holds them until
    /// `until`. No notice joins a digest after that.
    pub async fn claim_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<ClaimedMail>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = tx.of(CLAIM);
                Ok(on_tx!(tx, conn => sqlx::query_as(sql).bind(now).bind(until).bind(limit)
                    .fetch_all(conn).await?))
            })
        })
        .await
    }

    /// What a mail is to tell its reader, oldest first: notices they removed meanwhile are left out, and if asked for
    /// those they read.
    pub async fn mail_notices(
        &self,
        mail: &JobId,
        user: &UserId,
        unread: bool,
        limit: i64,
    ) -> Result<Vec<Notice>, StoreError> {
        Ok(on_read!(self.db, pool => sqlx::query_as(NOTICES).bind(mail).bind(user).bind(unread).bind(limit)
            .fetch_all(pool).await?))
    }

    /// Records how an attempt ended. False: somebody else holds the mail by now, and nothing is recorded.
    pub async fn settle_mail(&self, mail: &ClaimedMail, end: MailEnd) -> Result<bool, StoreError> {
        let mail = mail.clone();
        self.write(move |tx| Box::pin(async move { settle(tx, &mail, end).await })).await
    }

    /// Mails in this state, or all; newest first, before the given one.
    pub async fn mails(
        &self,
        state: Option<MailState>,
        before: Option<&JobId>,
        limit: i64,
    ) -> Result<Vec<Mail>, StoreError> {
        let state = state.map_or("", MailState::as_str);
        let before = before.map_or("", JobId::as_str);
        Ok(
            on_read!(self.db, pool => sqlx::query_as(PAGE).bind(state).bind(before).bind(limit).fetch_all(pool).await?),
        )
    }

    pub async fn mail(&self, id: &JobId) -> Result<Option<Mail>, StoreError> {
        Ok(on_read!(self.db, pool => sqlx::query_as(BY_ID).bind(id).fetch_optional(pool).await?))
    }

    /// Lets a mail that was given up, or waits for its next attempt, be tried at once and as often as a new one. False:
    /// it is in no such state.
    pub async fn retry_mail(&self, id: &JobId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        Ok(execute!(
            self,
            "update mails set state = 'waiting', attempts = 0, due_at = $2, ended_at = 0 where id = $1 \
             and (state = 'dead' or state in ('gathering', 'waiting') and claimed_until <= $2)",
            [&id, now]
        ) > 0)
    }

    /// Removes up to `limit` mails that ended before this moment. How many there were.
    pub async fn forget_mails(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let ended: Vec<JobId> = on_tx!(tx, conn => sqlx::query_scalar(
                    "select id from mails where state in ('sent', 'dead') and ended_at < $1 order by ended_at limit $2")
                    .bind(before).bind(limit).fetch_all(conn).await?);
                remove(tx, &ended).await
            })
        })
        .await
    }
}

async fn settle(tx: &mut Tx, mail: &ClaimedMail, end: MailEnd) -> Result<bool, StoreError> {
    let (state, due_at, ended_at, error) = match end {
        MailEnd::Sent { at } => (MailState::Sent, at, at, String::new()),
        MailEnd::Again { due_at, error } => (MailState::Waiting, due_at, Timestamp::NEVER, error),
        MailEnd::Dead { at, error } => (MailState::Dead, at, at, error),
        MailEnd::Void => {
            let held: Option<JobId> = on_tx!(tx, conn => sqlx::query_scalar(
                "select id from mails where id = $1 and attempts = $2 and claimed_until = $3 and state = 'waiting'")
                .bind(&mail.id).bind(mail.attempts).bind(mail.claimed_until).fetch_optional(conn).await?);
            return Ok(remove(tx, held.as_slice()).await? > 0);
        }
    };
    let settled = on_tx!(tx, conn => sqlx::query(
        "update mails set state = $3, due_at = $4, ended_at = $5, last_error = $6, claimed_until = 0 \
         where id = $1 and attempts = $2 and claimed_until = $7 and state = 'waiting'")
        .bind(&mail.id).bind(mail.attempts).bind(state).bind(due_at).bind(ended_at).bind(&error)
        .bind(mail.claimed_until).execute(conn).await?.rows_affected());
    Ok(settled > 0)
}

async fn remove_waiting(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
    // Locked first: a claim that runs at the same time either has them or skips them.
    let waiting: Vec<JobId> = on_tx!(tx, conn => sqlx::query_scalar(
        "update mails set claimed_until = 0 where user_id = $1 and state in ('gathering', 'waiting') \
         and claimed_until <= $2 returning id").bind(user).bind(now).fetch_all(conn).await?);
    remove(tx, &waiting).await?;
    Ok(())
}

async fn remove(tx: &mut Tx, mails: &[JobId]) -> Result<u64, StoreError> {
    const OF: [&str; 2] = over_texts!("delete from mail_notices where mail_id in", "$1", "");
    const THEMSELVES: [&str; 2] = over_texts!("delete from mails where id in", "$1", "");
    if mails.is_empty() {
        return Ok(0);
    }
    let sql = tx.of(OF);
    on_tx!(tx, conn => sqlx::query(sql).bind(Json(mails)).execute(conn).await?.rows_affected());
    let sql = tx.of(THEMSELVES);
    Ok(on_tx!(tx, conn => sqlx::query(sql).bind(Json(mails)).execute(conn).await?.rows_affected()))
}
