//! `sessions`: sign-ins. Tokens are looked up by their digest.

use super::{Store, StoreError, Tx};
use crate::model::{Session, SessionId};
use crate::secret::Secret;

impl Store {
    pub async fn create_session(&self, session: Session, token: &Secret) -> Result<(), StoreError> {
        let digest = token.digest();
        unit!(
            self,
            "insert into sessions (id, token_digest, user_id, csrf, create_at, expires_at, last_activity_at) \
             values ($1, $2, $3, $4, $5, $6, $5)",
            [&session.id, &digest, &session.user_id, &session.csrf, session.create_at, session.expires_at]
        )
        .await?;
        Ok(())
    }

    pub async fn delete_session(&self, id: &SessionId) -> Result<(), StoreError> {
        let id = id.clone();
        unit!(self, "delete from sessions where id = $1", [&id]).await?;
        Ok(())
    }
}
