//! The second factor of accounts: its sealed secret, whether it is in force, and the last code that was accepted.

use super::{Db, Store, StoreError};
use crate::model::{Timestamp, UserId};

impl Store {
    /// Returns the sealed secret of an account's second factor.
    pub async fn mfa_secret(&self, user: &UserId) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: Option<Option<Vec<u8>>> = read!(self.db, conn => sqlx::query_scalar(
            "select mfa_secret from users where id = $1").bind(user).fetch_optional(conn).await)?;
        Ok(sealed.flatten())
    }

    /// Sets or removes the secret of an account's second factor. Codes of an earlier secret are invalid.
    pub async fn set_mfa_secret(
        &self,
        user: &UserId,
        sealed: Option<Vec<u8>>,
        active: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let user = user.clone();
        let set =
            "update users set mfa_secret = $2, mfa_active = $3, mfa_step = 0, update_at = $4 where id = $1";
        unit!(self, set, [&user, &sealed, active, at]).await?;
        Ok(())
    }

    /// Puts an account's second factor in force.
    pub async fn activate_mfa(&self, user: &UserId, at: Timestamp) -> Result<(), StoreError> {
        let user = user.clone();
        let set = "update users set mfa_active = $2, update_at = $3 where id = $1 and mfa_secret is not null";
        unit!(self, set, [&user, true, at]).await?;
        Ok(())
    }

    /// Records the time step of a code. Returns false if this code, or a later one, was used before.
    pub async fn use_mfa_step(&self, user: &UserId, step: i64) -> Result<bool, StoreError> {
        let user = user.clone();
        let set = "update users set mfa_step = $2 where id = $1 and mfa_step < $2";
        Ok(unit!(self, set, [&user, step]).await? > 0)
    }
}
