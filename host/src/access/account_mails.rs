//! Mails to an account's own address: to set a new password, and to confirm the address. Whether an address belongs to
//! an account shows in no response.

use std::time::Duration;

use serde_json::json;

use super::checks::check_email;
use super::{Access, AccessError, Admin};
use crate::model::{
    JobKind, Kind, MAIL_TOKEN_LENGTH, MailJob, MailToken, NewJob, TokenPurpose, User, UserId,
};
use crate::secret::Secret;

/// A further mail of a purpose is sent to an account after this time. Earlier requests are answered alike, and send
/// none.
const BETWEEN_MAILS: Duration = Duration::from_mins(2);

impl Access {
    /// Whether the server can mail accounts.
    pub fn sends_mail(&self) -> bool {
        self.sends_mail
    }

    /// Mails a token to the account with this address, if there is one and the server sends mail. Bots and deactivated
    /// accounts get none.
    pub async fn mail_token(&self, email: &str, purpose: TokenPurpose) -> Result<(), AccessError> {
        let email = email.to_lowercase();
        check_email(&email).map_err(|_| {
            AccessError::invalid(Kind::Request, "email", "it must be the e-mail address of an account")
        })?;
        if !self.sends_mail {
            tracing::info!("a mail to an account was requested, but `mail.url` is not set");
            return Ok(());
        }
        // In the background: the time of the response must not tell whether the account exists.
        let access = self.clone();
        let written = async move {
            if let Err(error) = access.write_mail(&email, purpose).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a mail to an account was not written"
                );
            }
        };
        match &self.tasks {
            Some(tasks) => drop(tasks.spawn(written)),
            None => written.await,
        }
        Ok(())
    }

    async fn write_mail(&self, email: &str, purpose: TokenPurpose) -> Result<(), AccessError> {
        let Some(user) = self.store.user_by_email(email).await? else { return Ok(()) };
        let done = purpose == TokenPurpose::Verification && user.email_verified;
        if user.is_bot || !user.delete_at.is_never() || done {
            return Ok(());
        }
        let now = self.clock.now();
        let job = NewJob {
            id: self.clock.id(),
            kind: JobKind::Mail,
            subject: user.id.to_string(),
            payload: json!(MailJob { kind: purpose.mail() }),
            unique_key: None,
            due_at: now,
            create_at: now,
        };
        self.store.request_mail_token(&user.id, purpose, now.minus(BETWEEN_MAILS), job).await?;
        Ok(())
    }

    /// Sets a new password with a token that was mailed. The account's sessions and access tokens end.
    pub async fn set_forgotten_password(&self, token: &str, password: String) -> Result<(), AccessError> {
        let secret = checked_token(token)?;
        let wrong = || AccessError::BadMailToken(TokenPurpose::Password);
        let found = self.store.mail_token(&secret, TokenPurpose::Password, self.clock.now()).await?;
        let found = found.ok_or_else(wrong)?;
        self.check_new_password(&password)?;
        let hash = self.hash_password(password).await?;
        self.use_token(&secret, found, Some(hash), "user.password.reset").await
    }

    /// Confirms an account's address with a token that was mailed to it.
    pub async fn verify_email(&self, token: &str) -> Result<(), AccessError> {
        let secret = checked_token(token)?;
        let wrong = || AccessError::BadMailToken(TokenPurpose::Verification);
        let found = self.store.mail_token(&secret, TokenPurpose::Verification, self.clock.now()).await?;
        self.use_token(&secret, found.ok_or_else(wrong)?, None, "user.email.verify").await
    }

    /// Confirms an account's address without a mail.
    pub async fn confirm_email(&self, admin: &Admin, id: &UserId) -> Result<User, AccessError> {
        let user = self.user(id).await?;
        let row = self.account_audit(
            Some(admin.user()),
            "user.email.verify",
            &user,
            Some(json!({"email_verified": user.email_verified})),
            Some(json!({"email_verified": true})),
        );
        self.store.with_audit(row).verify_email(id, self.clock.now()).await?;
        let user = self.user(id).await?;
        self.publish_user_updated(&user).await;
        Ok(user)
    }

    async fn use_token(
        &self,
        secret: &Secret,
        token: MailToken,
        password_hash: Option<String>,
        action: &str,
    ) -> Result<(), AccessError> {
        let (id, purpose) = (token.user_id.clone(), token.purpose);
        let user = self.user(&id).await?;
        let audit = self.account_audit(Some(&user), action, &user, None, None);
        let changes_password = password_hash.is_some();
        let store = self.store.with_audit(audit);
        if !store.use_mail_token(secret, token, password_hash, self.clock.now()).await? {
            return Err(AccessError::BadMailToken(purpose));
        }
        if changes_password {
            self.recheck(&id);
        }
        let user = self.user(&id).await?;
        self.publish_user_updated(&user).await;
        Ok(())
    }
}

fn checked_token(token: &str) -> Result<Secret, AccessError> {
    if token.len() == MAIL_TOKEN_LENGTH {
        return Ok(Secret::new(token));
    }
    let reason = format!("it must be the {MAIL_TOKEN_LENGTH} characters of the link in the mail");
    Err(AccessError::invalid(Kind::Request, "token", reason))
}
