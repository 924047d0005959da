//! `sessions`: sign-ins. Tokens are looked up by their digest.

use super::{Db, Store, StoreError, Tx};
use crate::model::{Session, SessionId, Timestamp};
use crate::secret::Secret;

const BY_TOKEN: &str = "select id, user_id, csrf, create_at, expires_at from sessions \
                        where token_digest = $1 and expires_at > $2";

impl Store {
    pub async fn create_session(&self, session: Session, token: &Secret) -> Result<(), StoreError> {
        let digest = token.digest();
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => sqlx::query(
                    "insert into sessions (id, token_digest, user_id, csrf, create_at, expires_at, last_activity_at) \
                     values ($1, $2, $3, $4, $5, $6, $5)")
                    .bind(&session.id).bind(&digest).bind(&session.user_id).bind(&session.csrf)
                    .bind(session.create_at).bind(session.expires_at).execute(conn).await?.rows_affected());
                Ok(())
            })
        })
        .await
    }

    /// The session a token opens, if it has not expired.
    pub async fn session(&self, token: &Secret, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let digest = token.digest();
        Ok(
            on_read!(self.db, pool => sqlx::query_as(BY_TOKEN).bind(&digest).bind(now).fetch_optional(pool).await?),
        )
    }

    pub async fn delete_session(&self, id: &SessionId) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => sqlx::query("delete from sessions where id = $1").bind(&id).execute(conn).await?.rows_affected());
                Ok(())
            })
        })
        .await
    }
}
