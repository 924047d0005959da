//! `sessions`: sign-ins. Tokens are looked up by their digest.

use super::{Store, StoreError, Tx};
use crate::model::{Session, SessionId};
use crate::secret::Secret;

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
