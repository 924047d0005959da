//! `sessions`: sign-ins, when each was last used, and how they end. Tokens are looked up by their digest.

use std::collections::HashMap;

use const_format::concatcp;
use sqlx::types::Json;

use super::cache::Load;
use super::{Db, Store, StoreError, audit};
use crate::model::{Audit, LiveSession, Session, SessionId, Timestamp, UserId};
use crate::secret::Secret;

/// The columns of a session.
const SESSION: &str = "id, user_id, csrf, create_at, expires_at, device_id, agent, last_activity_at";

const BY_DIGESTS: [&str; 2] = over_texts!(
    concatcp!("select token_digest, ", SESSION, " from sessions where token_digest in"),
    "$1",
    ""
);
const OF_USER: &str = concatcp!(
    "select ",
    SESSION,
    " from sessions where user_id = $1 and expires_at > $2 and last_activity_at > $3 order by last_activity_at desc, id desc limit $4"
);

#[derive(sqlx::FromRow)]
struct Row {
    token_digest: String,
    #[sqlx(flatten)]
    live: LiveSession,
}

impl Load for LiveSession {
    /// The digest of the session's token.
    type Key = String;

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        1024
    }

    async fn load(db: &Db, keys: &[String]) -> Result<HashMap<String, Self>, StoreError> {
        let sql = db.of(BY_DIGESTS);
        let rows: Vec<Row> = read!(db, conn => sqlx::query_as(sql).bind(Json(keys)).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(|row| (row.token_digest, row.live)).collect())
    }
}

impl Store {
    /// Creates a session. Of the user's others, those that were used least recently end if there would be more than
    /// `limit`; returns how many did.
    pub async fn create_session(
        &self,
        session: Session,
        token: &Secret,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let (digest, others) = (token.digest(), i64::from(limit) - 1);
        self.write(move |tx| {
            Box::pin(async move {
                let ended = run!(
                    tx,
                    "delete from sessions where user_id = $1 and id not in (select id from sessions \
                     where user_id = $1 order by last_activity_at desc, id desc limit $2)",
                    [&session.user_id, others.max(0)]
                )
                .await?;
                run!(
                    tx,
                    "insert into sessions (id, token_digest, user_id, csrf, create_at, expires_at, \
                     last_activity_at, device_id, agent) values ($1, $2, $3, $4, $5, $6, $5, $7, $8)",
                    [
                        &session.id,
                        &digest,
                        &session.user_id,
                        &session.csrf,
                        session.create_at,
                        session.expires_at,
                        &session.device_id,
                        Json(&session.agent)
                    ]
                )
                .await?;
                Ok(ended)
            })
        })
        .await
    }

    /// Returns the session of a token, if it has neither expired nor been idle since `idle_since`.
    pub async fn live_session(
        &self,
        token: &Secret,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Option<LiveSession>, StoreError> {
        let found = self.load.sessions.get(&token.digest()).await?;
        let live = found.filter(|live| live.session.expires_at > now && live.last_activity_at > idle_since);
        Ok(live.map(|live| (*live).clone()))
    }

    /// Returns the user's sessions that have neither expired nor been idle since `idle_since`, the last used first.
    pub async fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
        idle_since: Timestamp,
        limit: i64,
    ) -> Result<Vec<LiveSession>, StoreError> {
        read!(self.db, conn => sqlx::query_as(OF_USER).bind(user).bind(now).bind(idle_since).bind(limit)
            .fetch_all(conn).await)
    }

    /// Records that a session was used.
    pub async fn touch_session(&self, id: &SessionId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        unit!(self, "update sessions set last_activity_at = $2 where id = $1", [&id, now]).await?;
        Ok(())
    }

    /// Sets the device of a session, and ends the account's other sessions of that device. Returns how many ended.
    pub async fn set_device(&self, session: &Session, device: &str) -> Result<u64, StoreError> {
        let (id, user, device) = (session.id.clone(), session.user_id.clone(), device.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let others = "delete from sessions where user_id = $1 and device_id = $2 and id <> $3";
                let ended = run!(tx, others, [&user, &device, &id]).await?;
                run!(tx, "update sessions set device_id = $2 where id = $1", [&id, &device]).await?;
                Ok(ended)
            })
        })
        .await
    }

    pub async fn delete_session(&self, id: &SessionId) -> Result<(), StoreError> {
        let id = id.clone();
        unit!(self, "delete from sessions where id = $1", [&id]).await?;
        Ok(())
    }

    /// Whether there is a session with this id, of any account.
    pub async fn has_session(&self, id: &SessionId) -> Result<bool, StoreError> {
        let found: Option<SessionId> = read!(self.db, conn => sqlx::query_scalar(
            "select id from sessions where id = $1").bind(id).fetch_optional(conn).await)?;
        Ok(found.is_some())
    }

    /// Ends one session of an account, or all of them. Returns how many ended.
    pub async fn end_sessions(
        &self,
        user: &UserId,
        only: Option<&SessionId>,
        audit: Audit,
    ) -> Result<u64, StoreError> {
        let (user, only) = (user.clone(), only.cloned());
        self.write(move |tx| {
            Box::pin(async move {
                let ended = on_tx!(tx, conn => match &only {
                    Some(id) => sqlx::query("delete from sessions where user_id = $1 and id = $2")
                        .bind(&user).bind(id).execute(conn).await?.rows_affected(),
                    None => sqlx::query("delete from sessions where user_id = $1")
                        .bind(&user).execute(conn).await?.rows_affected(),
                });
                if ended > 0 {
                    audit::record(tx, &audit).await?;
                }
                Ok(ended)
            })
        })
        .await
    }

    /// Ends all sessions, and returns the accounts that had one.
    pub async fn end_all_sessions(&self) -> Result<Vec<UserId>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let owners: Vec<UserId> = on_tx!(tx, conn => sqlx::query_scalar("delete from sessions returning user_id")
                    .fetch_all(conn).await?);
                Ok(owners)
            })
        })
        .await
    }

    /// Deletes sessions that have expired or been idle since `idle_since`, and returns how many.
    pub async fn purge_sessions(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        unit!(
            self,
            "delete from sessions where expires_at <= $1 or last_activity_at <= $2",
            [now, idle_since]
        )
        .await
    }
}
