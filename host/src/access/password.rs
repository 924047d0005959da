//! Passwords: setting and checking them. Argon2id runs outside the async threads, because one hash takes tens of
//! milliseconds and 19 MiB.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use super::throttle::PasswordAttempt;
use super::{Access, AccessError, AccountAccess, Credential};
use crate::budget::{Budget, HASH};
use crate::model::{Kind, User};

/// Longest password. Argon2 accepts any length; this bounds the work of one request.
const MAX_PASSWORD: usize = 256;

/// Checked when there is no account, so that an unknown login takes as long as a wrong password.
static DECOY: LazyLock<String> = LazyLock::new(|| hash_now("the decoy's password").unwrap_or_default());

impl Access {
    /// Sets the account's password. Callers must give the current one for their own account; administrators set those
    /// of other accounts. All sessions but the caller's end, and so do the account's access tokens.
    pub async fn change_password(
        &self,
        account: &AccountAccess,
        credential: &Credential,
        current: String,
        new: String,
    ) -> Result<(), AccessError> {
        let user = self.user(account.id()).await?;
        if user.is_bot {
            return Err(AccessError::invalid(
                Kind::Account,
                "user_id",
                "a bot has no password; it signs in with tokens",
            ));
        }
        if account.is_own() && current.is_empty() {
            let reason = "send the current password too";
            return Err(AccessError::invalid(Kind::Account, "current_password", reason));
        }
        if account.is_own() && !self.is_own_password(&user, current).await? {
            return Err(AccessError::WrongPassword);
        }
        self.check_new_password(&new)?;
        let hash = self.hash_password(new).await?;
        let audit = self.account_audit(Some(account.caller()), "user.password", &user, None, None);
        let keep = match credential {
            _ if !account.is_own() => None,
            Credential::Session(session) => Some(session.id.as_str()),
            Credential::AccessToken(token) => Some(token.as_str()),
        };
        self.store.with_audit(audit).change_password(&user.id, hash, keep, self.clock.now()).await?;
        // Sockets of the session that stays reconnect.
        self.recheck(&user.id);
        Ok(())
    }

    /// Whether this is the password of the caller's own account. Wrong ones are slowed down apart from those at
    /// sign-in, so that strangers cannot keep the owner from this, nor a stolen session keep the owner from signing in.
    pub(super) async fn is_own_password(&self, user: &User, password: String) -> Result<bool, AccessError> {
        let attempt = PasswordAttempt::of_session(&user.id);
        self.throttle.begin(&attempt, self.clock.now())?;
        let hash = self.store.login(&user.username).await?.and_then(|(_, hash)| hash);
        let matches = self.verify_password(password, hash, true).await?;
        if matches {
            self.throttle.succeeded(&attempt);
        }
        Ok(matches)
    }

    /// Sets an account's password and ends its sessions and access tokens, without a permission check: for the command
    /// line.
    pub async fn reset_password(&self, username: &str, password: String) -> Result<(), AccessError> {
        self.check_password(&password)?;
        let user =
            self.store.user_by_username(username).await?.ok_or(AccessError::NotFound(Kind::Username))?;
        let hash = self.hash_password(password).await?;
        Ok(self.store.change_password(&user.id, hash, None, self.clock.now()).await?)
    }

    pub(super) fn check_new_password(&self, password: &str) -> Result<(), AccessError> {
        self.check_password_of("new_password", password)
    }

    /// Checks the password of a new account.
    pub(super) fn check_password(&self, password: &str) -> Result<(), AccessError> {
        self.check_password_of("password", password)
    }

    fn check_password_of(&self, field: &'static str, password: &str) -> Result<(), AccessError> {
        let length = password.chars().count();
        if length < self.password_min_length || length > MAX_PASSWORD {
            let reason = format!("it must have {} to {MAX_PASSWORD} characters", self.password_min_length);
            return Err(AccessError::invalid(Kind::Account, field, reason));
        }
        let kinds: [fn(char) -> bool; 4] =
            [char::is_lowercase, char::is_uppercase, char::is_numeric, |c| !c.is_alphanumeric()];
        if self.password_require_mixed && !kinds.iter().all(|kind| password.chars().any(kind)) {
            let reason = "it must have lower-case and upper-case letters, digits and other characters";
            return Err(AccessError::invalid(Kind::Account, field, reason.to_owned()));
        }
        Ok(())
    }

    pub(super) async fn hash_password(&self, password: String) -> Result<String, AccessError> {
        self.blocking(&self.hashes, move || hash_now(&password)).await?
    }

    /// Whether the password matches the hash. Without a hash, returns false after the same amount of work. A device
    /// that is known does not wait in line with strangers.
    pub(super) async fn verify_password(
        &self,
        password: String,
        hash: Option<String>,
        is_known: bool,
    ) -> Result<bool, AccessError> {
        let memory = if is_known { &self.known_hashes } else { &self.hashes };
        self.blocking(memory, move || {
            let known = hash.is_some();
            let text = hash.unwrap_or_else(|| DECOY.clone());
            let matches = PasswordHash::new(&text)
                .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
            known && matches
        })
        .await
    }

    /// Runs the work on a thread of its own, once the memory for a hash is free.
    async fn blocking<T: Send + 'static>(
        &self,
        memory: &Budget,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccessError> {
        let memory = memory.reserve(HASH).await?;
        let work = move || {
            // The thread holds the memory until it is done, even if the request is dropped before.
            let _memory = memory;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| AccessError::Hash(error.to_string()))
    }
}

fn hash_now(password: &str) -> Result<String, AccessError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| AccessError::Hash(error.to_string()))
}
