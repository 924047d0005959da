//! Accounts that become bots, and bots that become accounts with a password.

use super::{Store, StoreError, accounts, audit};
use crate::model::{Audit, Timestamp, User, UserId};

impl Store {
    /// Makes an account a bot that owns itself, and ends its sessions. `name` becomes its first name. Returns false,
    /// without a change, if no administrator would remain.
    pub async fn convert_to_bot(
        &self,
        user: &UserId,
        name: &str,
        at: Timestamp,
        audit: Audit,
    ) -> Result<bool, StoreError> {
        let (user, name) = (user.clone(), name.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                if !accounts::another_admin(tx, &user).await? {
                    return Ok(false);
                }
                on_tx!(tx, conn => {
                    sqlx::query("update users set is_bot = $2, first_name = $3, last_name = '', nickname = '', \
                        password_hash = null, mfa_secret = null, mfa_active = $4, update_at = $5 where id = $1")
                        .bind(&user).bind(true).bind(&name).bind(false).bind(at).execute(&mut *conn).await?;
                    sqlx::query("insert into bots (user_id, owner_id, description) values ($1, $1, '')")
                        .bind(&user).execute(&mut *conn).await?;
                    sqlx::query("delete from sessions where user_id = $1").bind(&user).execute(conn).await?;
                });
                audit::record(tx, &audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Makes a bot an account with this profile, these roles and this password. Returns `Conflict` if its names are
    /// taken.
    pub async fn convert_to_user(&self, user: User, hash: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                run!(tx, "delete from bots where user_id = $1", [&user.id]).await?;
                accounts::write_profile(tx, &user).await?;
                let set = "update users set is_bot = $2, password_hash = $3, last_password_update = $4, roles = $5 \
                    where id = $1";
                run!(tx, set, [&user.id, false, &hash, user.update_at, &user.roles]).await?;
                Ok(())
            })
        })
        .await
    }
}
