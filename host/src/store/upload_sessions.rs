//! `upload_sessions`: files that arrive in pieces.

use const_format::concatcp;
use sqlx::types::Json;

use super::{Db, Store, StoreError};
use crate::model::{FileId, Timestamp, UploadPiece, UploadSession, UserId};

const SELECT_SESSION: &str =
    "select id, user_id, channel_id, name, size, pieces, create_at from upload_sessions ";
const BY_ID: &str = concatcp!(SELECT_SESSION, "where id = $1");
const OF_USER: &str = concatcp!(SELECT_SESSION, "where user_id = $1 order by create_at, id");
const EXPIRED: &str = concatcp!(SELECT_SESSION, "where create_at < $1 order by create_at limit $2");
const INSERT: &str = "insert into upload_sessions (id, user_id, channel_id, name, size, pieces, create_at) \
    select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from upload_sessions where user_id = $2) < $8";

impl Store {
    /// Writes a session. Returns false, and writes nothing, if its user has `limit` of them.
    pub async fn create_upload_session(
        &self,
        session: UploadSession,
        limit: i64,
    ) -> Result<bool, StoreError> {
        let UploadSession { id, user_id, channel_id, name, size, pieces, create_at } = session;
        let rows = unit!(
            self.beside_cache(),
            INSERT,
            [&id, &user_id, &channel_id, &name, size, Json(&pieces), create_at, limit]
        )
        .await?;
        Ok(rows > 0)
    }

    pub async fn upload_session(&self, id: &FileId) -> Result<Option<UploadSession>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns the sessions of a user, the oldest first.
    pub async fn upload_sessions(&self, user: &UserId) -> Result<Vec<UploadSession>, StoreError> {
        read!(self.db, conn => sqlx::query_as(OF_USER).bind(user).fetch_all(conn).await)
    }

    /// Returns up to `limit` sessions from before this time.
    pub async fn expired_upload_sessions(
        &self,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<UploadSession>, StoreError> {
        read!(self.db, conn => sqlx::query_as(EXPIRED).bind(before).bind(limit).fetch_all(conn).await)
    }

    /// Adds a piece to a session. Returns false, and changes nothing, if another piece arrived meanwhile or the session
    /// ended.
    pub async fn add_upload_piece(
        &self,
        session: &UploadSession,
        piece: UploadPiece,
    ) -> Result<bool, StoreError> {
        let (id, earlier) = (session.id.clone(), session.pieces.clone());
        let mut pieces = earlier.clone();
        pieces.push(piece);
        let rows = unit!(
            self.beside_cache(),
            "update upload_sessions set pieces = $3 where id = $1 and pieces = $2",
            [&id, Json(&earlier), Json(&pieces)]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Ends a session. Returns false if it has ended before.
    pub async fn delete_upload_session(&self, id: &FileId) -> Result<bool, StoreError> {
        let id = id.clone();
        Ok(unit!(self.beside_cache(), "delete from upload_sessions where id = $1", [&id]).await? > 0)
    }
}
