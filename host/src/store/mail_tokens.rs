//! `mail_tokens`: tokens that were mailed to an account, and the jobs that mail them. The token is made by the job, so
//! only its digest is ever stored.

use super::{Db, Store, StoreError, accounts, changes, jobs, quota};
use crate::model::{Changes, MailToken, NewJob, Timestamp, TokenPurpose, UserId};
use crate::secret::Secret;

impl Store {
    /// Writes the job that mails an account a token, unless one was mailed after `recent`, or is about to be.
    pub async fn request_mail_token(
        &self,
        user: &UserId,
        purpose: TokenPurpose,
        recent: Timestamp,
        job: NewJob,
    ) -> Result<(), StoreError> {
        let user = user.clone();
        self
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    quota::lock(tx, &format!("mail to {user}")).await?;
                    let sent: i64 = on_tx!(tx, conn => sqlx::query_scalar(
                        "select count(*) from mail_tokens where user_id = $1 and purpose = $2 and sent_at > $3")
                        .bind(&user).bind(purpose).bind(recent).fetch_one(conn).await?);
                    let waits = sent + jobs::count_waiting_mails(tx, &user, purpose.mail()).await?;
                    if waits == 0 {
                        changes::apply(tx, &Changes { jobs: vec![job], ..Changes::default() }).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Stores a token that is about to be mailed. Earlier ones of the account and purpose are invalid from then on.
    pub async fn create_mail_token(&self, token: MailToken, secret: &Secret) -> Result<(), StoreError> {
        let digest = secret.digest();
        self.beside_cache().write(move |tx| {
            Box::pin(async move {
                let earlier = "delete from mail_tokens where user_id = $1 and purpose = $2";
                run!(tx, earlier, [&token.user_id, token.purpose]).await?;
                let insert = "insert into mail_tokens (token_digest, user_id, purpose, email, sent_at, expires_at) \
                              values ($1, $2, $3, $4, $5, $6)";
                let MailToken { user_id, purpose, email, sent_at, expires_at } = &token;
                run!(tx, insert, [&digest, user_id, *purpose, email, *sent_at, *expires_at]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Returns a token that has not expired.
    pub async fn mail_token(
        &self,
        secret: &Secret,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<MailToken>, StoreError> {
        let digest = secret.digest();
        read!(self.db, conn => sqlx::query_as(
            "select user_id, purpose, email, sent_at, expires_at from mail_tokens \
             where token_digest = $1 and purpose = $2 and expires_at > $3")
            .bind(&digest).bind(purpose).bind(now).fetch_optional(conn).await)
    }

    /// Uses up a token, and marks the account's address as confirmed if it is still the one that the token was sent to.
    /// With a password's hash it also replaces the password, and ends the account's sessions and access tokens. Returns
    /// false, without a change, if another request used the token first.
    pub async fn use_mail_token(
        &self,
        secret: &Secret,
        token: MailToken,
        password_hash: Option<String>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let digest = secret.digest();
        self.write(move |tx| {
            Box::pin(async move {
                let used = run!(tx, "delete from mail_tokens where token_digest = $1", [&digest]).await?;
                if used == 0 {
                    return Err(StoreError::missing());
                }
                let verify =
                    "update users set email_verified = $3, update_at = $4 where id = $1 and email = $2";
                run!(tx, verify, [&token.user_id, &token.email, true, at]).await?;
                if let Some(hash) = &password_hash {
                    accounts::replace_password(tx, &token.user_id, hash, "", at).await?;
                }
                Ok(())
            })
        })
        .await
        .map(|()| true)
        .or_else(|error| if matches!(error, StoreError::Missing(_)) { Ok(false) } else { Err(error) })
    }

    /// Deletes tokens that have expired, and returns how many.
    pub async fn purge_mail_tokens(&self, now: Timestamp) -> Result<u64, StoreError> {
        unit!(self.beside_cache(), "delete from mail_tokens where expires_at <= $1", [now]).await
    }

    /// Marks an account's address as confirmed.
    pub async fn verify_email(&self, user: &UserId, at: Timestamp) -> Result<(), StoreError> {
        let user = user.clone();
        unit!(self, "update users set email_verified = $2, update_at = $3 where id = $1", [&user, true, at])
            .await?;
        Ok(())
    }
}
