//! Argon2id, off the async threads: one hash takes tens of milliseconds and 19 MiB.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use super::AccessError;

/// Checked when there is no account, so that an unknown login costs what a wrong password costs.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

pub(super) async fn hash(password: String) -> Result<String, AccessError> {
    blocking(move || hash_now(&password)).await?
}

/// Whether the password is the one hashed; with no hash, false after the same work.
pub(super) async fn verify(password: String, hash: Option<String>) -> Result<bool, AccessError> {
    blocking(move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| NOBODY.clone());
        let matches = PasswordHash::new(&text)
            .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        known && matches
    })
    .await
}

fn hash_now(password: &str) -> Result<String, AccessError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| AccessError::Hash(error.to_string()))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AccessError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AccessError::Hash(error.to_string()))
}
