//! `made_requests`: requests with an `Idempotency-Key`, and their responses.

use super::{Db, Store, StoreError};
use crate::model::{Timestamp, UserId};

/// A request with its key, and its response.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct RequestRecord {
    /// The digest of method, address and body, and after a full stop that of the user's roles.
    pub request_digest: String,
    /// `None` while the request is under way, or if the server died during it.
    pub status: Option<i64>,
    pub content_type: String,
    pub sealed_body: Option<Vec<u8>>,
}

impl Store {
    /// Reserves a key. Returns `Conflict` if another request has reserved it.
    pub async fn begin_request(
        &self,
        user: &UserId,
        key: String,
        digest: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let user = user.clone();
        unit!(
            self.beside_cache(),
            "insert into made_requests (user_id, key, request_digest, content_type, create_at) \
             values ($1, $2, $3, '', $4)",
            [&user, &key, &digest, now]
        )
        .await?;
        Ok(())
    }

    pub async fn request_record(
        &self,
        user: &UserId,
        key: &str,
    ) -> Result<Option<RequestRecord>, StoreError> {
        read!(self.db, conn => sqlx::query_as(
            "select request_digest, status, content_type, sealed_body from made_requests \
             where user_id = $1 and key = $2")
            .bind(user).bind(key).fetch_optional(conn).await)
    }

    /// Stores the response. Without a response, the key becomes free again.
    pub async fn end_request(
        &self,
        user: &UserId,
        key: String,
        response: Option<(i64, String, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        let user = user.clone();
        match response {
            Some((status, content_type, body)) => {
                unit!(
                    self.beside_cache(),
                    "update made_requests set status = $3, content_type = $4, sealed_body = $5 \
                 where user_id = $1 and key = $2",
                    [&user, &key, status, &content_type, &body]
                )
                .await?
            }
            None => {
                unit!(
                    self.beside_cache(),
                    "delete from made_requests where user_id = $1 and key = $2",
                    [&user, &key]
                )
                .await?
            }
        };
        Ok(())
    }

    /// Deletes requests older than `before`, and returns how many.
    pub async fn purge_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        unit!(self.beside_cache(), "delete from made_requests where create_at < $1", [before]).await
    }
}
