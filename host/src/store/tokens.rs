//! `access_tokens`: personal access tokens, by digest.

use std::collections::HashMap;

use const_format::concatcp;
use sqlx::types::Json;

use super::cache::Load;
use super::{Db, Store, StoreError, audit};
use crate::model::{AccessToken, MAX_ACCESS_TOKENS, Timestamp, TokenId, UserId};
use crate::secret::Secret;

/// The columns of a token, from `access_tokens t`.
const TOKEN: &str = "t.id, t.user_id, t.description, t.is_active";
const SELECT_TOKEN: &str = concatcp!("select ", TOKEN, " from access_tokens t ");

const BY_DIGESTS: [&str; 2] = over_texts!(
    concatcp!("select t.token_digest, ", TOKEN, " from access_tokens t where t.token_digest in"),
    "$1",
    ""
);
const BY_ID: &str = concatcp!(SELECT_TOKEN, "where t.id = $1");
const OF_USER: &str = concatcp!(SELECT_TOKEN, "where t.user_id = $1 order by t.id limit $2 offset $3");
const PAGE: &str = concatcp!(
    SELECT_TOKEN,
    "join users u on u.id = t.user_id where $1 = '' or t.id = $1 or u.id = $1 or u.username = $1 \
     order by t.id limit $2 offset $3"
);

#[derive(sqlx::FromRow)]
struct Row {
    token_digest: String,
    #[sqlx(flatten)]
    token: AccessToken,
}

impl Load for AccessToken {
    /// The digest of the token's secret.
    type Key = String;

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        1024
    }

    async fn load(db: &Db, keys: &[String]) -> Result<HashMap<String, Self>, StoreError> {
        let sql = db.of(BY_DIGESTS);
        let rows: Vec<Row> = read!(db, conn => sqlx::query_as(sql).bind(Json(keys)).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(|row| (row.token_digest, row.token)).collect())
    }
}

impl Store {
    /// Creates a token. Returns false, and creates none, if the account has [`MAX_ACCESS_TOKENS`] already.
    pub async fn create_access_token(
        &self,
        token: AccessToken,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let digest = secret.digest();
        // The audit row is written only if the token is.
        let (plain, audit) = (Self { audit: None, ..self.clone() }, self.audit.clone());
        let write = plain.write(move |tx| {
            Box::pin(async move {
                let count: i64 = on_tx!(tx, conn => sqlx::query_scalar(
                    "select count(*) from access_tokens where user_id = $1")
                    .bind(&token.user_id).fetch_one(conn).await?);
                if count >= MAX_ACCESS_TOKENS {
                    return Ok(false);
                }
                run!(
                    tx,
                    "insert into access_tokens (id, token_digest, user_id, description, is_active, create_at) \
                     values ($1, $2, $3, $4, $5, $6)",
                    [&token.id, &digest, &token.user_id, &token.description, token.is_active, now]
                )
                .await?;
                if let Some(audit) = audit {
                    audit::record(tx, &audit).await?;
                }
                Ok(true)
            })
        });
        write.await
    }

    /// Returns the token with this secret, active or not.
    pub async fn access_token_by_secret(&self, secret: &Secret) -> Result<Option<AccessToken>, StoreError> {
        Ok(self.load.access_tokens.get(&secret.digest()).await?.map(|token| (*token).clone()))
    }

    pub async fn access_token(&self, id: &TokenId) -> Result<Option<AccessToken>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    pub async fn access_tokens_of(
        &self,
        user: &UserId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AccessToken>, StoreError> {
        read!(self.db, conn => sqlx::query_as(OF_USER).bind(user).bind(limit).bind(offset).fetch_all(conn).await)
    }

    /// Returns a page of all accounts' personal access tokens; with a term, those whose id, owner's id or owner's name
    /// equals it.
    pub async fn access_tokens(
        &self,
        term: &str,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AccessToken>, StoreError> {
        read!(self.db, conn => sqlx::query_as(PAGE).bind(term).bind(limit).bind(offset).fetch_all(conn).await)
    }

    pub async fn set_access_token_active(&self, id: &TokenId, active: bool) -> Result<(), StoreError> {
        let id = id.clone();
        unit!(self, "update access_tokens set is_active = $2 where id = $1", [&id, active]).await?;
        Ok(())
    }

    pub async fn delete_access_token(&self, id: &TokenId) -> Result<(), StoreError> {
        let id = id.clone();
        unit!(self, "delete from access_tokens where id = $1", [&id]).await?;
        Ok(())
    }
}
