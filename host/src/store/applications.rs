//! `applications` and `application_nonces`: the programs that call the signed API, and the nonces they have used.

use const_format::concatcp;
use sqlx::types::Json;

use super::{Db, Store, StoreError, Tx};
use crate::model::{Application, ApplicationId, ApplicationTarget, Dialect, Strength, Timestamp, UserId};

/// Most nonces stored for one application. Past it, requests with a new nonce are refused until some expire.
pub const MAX_NONCES: i64 = 20_000;

const SELECT_APPLICATION: &str = "select a.id, a.name, a.code, a.sealed_key, a.previous_key, \
    a.previous_until, a.account_id, a.free, a.bot_id, a.addresses, a.dialects, a.rungs, a.enabled, \
    a.called_time, a.legacy_used_at, a.body_used_at, a.nonce_used_at, a.hmac_used_at, a.create_at, \
    a.update_at, a.delete_at from applications a ";

const BY_ID: &str = concatcp!(SELECT_APPLICATION, "where a.id = $1 and a.delete_at = 0");
const PAGE: &str = concatcp!(
    SELECT_APPLICATION,
    "where a.delete_at = 0 and (a.create_at, a.id) > ($2, $3) order by a.create_at, a.id limit $1"
);
/// One statement, because every signed request needs it. It returns a row for an unknown code too, so that known and
/// unknown codes cost the same.
const TARGET: &str = "select (a.id is not null) as known, (u.id is not null) as account_exists, \
    coalesce(a.id, '00000000000000000000000000') as id, coalesce(a.name, '') as name, coalesce(a.code, '') as code, \
    coalesce(a.sealed_key, $2) as sealed_key, a.previous_key, coalesce(a.previous_until, 0) as previous_until, \
    a.account_id, coalesce(a.free, false) as free, a.bot_id, coalesce(a.addresses, '*') as addresses, \
    coalesce(a.dialects, '[\"d1\",\"d2\",\"d3\"]') as dialects, \
    coalesce(a.rungs, '[\"legacy\",\"body\",\"nonce\",\"hmac\"]') as rungs, \
    coalesce(a.enabled, false) as enabled, coalesce(a.called_time, 0) as called_time, \
    coalesce(a.legacy_used_at, 0) as legacy_used_at, coalesce(a.body_used_at, 0) as body_used_at, \
    coalesce(a.nonce_used_at, 0) as nonce_used_at, coalesce(a.hmac_used_at, 0) as hmac_used_at, \
    coalesce(a.create_at, 0) as create_at, coalesce(a.update_at, 0) as update_at, \
    coalesce(a.delete_at, 0) as delete_at \
    from (select 1 as one) o left join applications a on a.code = $1 and a.delete_at = 0 \
    left join users u on u.id = a.account_id and u.delete_at = 0";

/// A dummy with the length of a sealed key, for the row of an unknown code.
const SEALED: [u8; 72] = [0; 72];

#[derive(sqlx::FromRow)]
struct TargetRow {
    known: bool,
    #[sqlx(flatten)]
    target: ApplicationTarget,
}

/// The fields of an application that an administrator may change.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplicationChange {
    pub name: String,
    pub account_id: Option<UserId>,
    pub free: bool,
    pub bot_id: Option<UserId>,
    pub addresses: String,
    pub dialects: Vec<Dialect>,
    pub strengths: Vec<Strength>,
    pub enabled: bool,
}

/// The result of using a nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceUse {
    Fresh,
    /// The nonce was used before.
    Repeated,
    /// [`MAX_NONCES`] are stored already.
    Full,
}

impl Store {
    /// Creates an application. Returns `Conflict` if the code is taken.
    pub async fn create_application(&self, application: Application) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { insert(tx, &application).await })).await
    }

    /// Returns the application, unless it was deleted.
    pub async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns the application with this code, unless it was deleted, with the facts that are needed to check a
    /// request.
    pub async fn application_target(&self, code: &str) -> Result<Option<ApplicationTarget>, StoreError> {
        let row: TargetRow = read!(self.db, conn => sqlx::query_as(TARGET).bind(code).bind(&SEALED[..])
            .fetch_one(conn).await)?;
        Ok(Some(row.target).filter(|_| row.known))
    }

    /// Returns a page of applications, oldest first, that begins after the one with this creation time and id.
    pub async fn applications(
        &self,
        after: Option<&(Timestamp, ApplicationId)>,
        limit: i64,
    ) -> Result<Vec<Application>, StoreError> {
        let (moment, id) = after.map_or((Timestamp::NEVER, ""), |(moment, id)| (*moment, id.as_str()));
        read!(self.db, conn => sqlx::query_as(PAGE).bind(limit).bind(moment).bind(id).fetch_all(conn).await)
    }

    /// Changes an application. Returns whether it exists.
    pub async fn change_application(
        &self,
        id: &ApplicationId,
        change: ApplicationChange,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        let rows = unit!(
            self,
            "update applications set name = $2, account_id = $3, free = $4, bot_id = $5, addresses = $6, \
             dialects = $7, rungs = $8, enabled = $9, update_at = $10 where id = $1 and delete_at = 0",
            [
                &id,
                &change.name,
                &change.account_id,
                change.free,
                &change.bot_id,
                &change.addresses,
                Json(&change.dialects),
                Json(&change.strengths),
                change.enabled,
                at
            ]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Gives an application a new key. The previous one is valid until `previous_until`. Returns whether the
    /// application exists.
    pub async fn rotate_application_key(
        &self,
        id: &ApplicationId,
        sealed_key: Vec<u8>,
        previous_until: Timestamp,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        let rows = unit!(
            self,
            "update applications set previous_key = sealed_key, sealed_key = $2, previous_until = $3, \
             update_at = $4 where id = $1 and delete_at = 0",
            [&id, &sealed_key, previous_until, at]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Marks an application as deleted, so that its code is unknown from then on. Returns whether it existed.
    pub async fn delete_application(&self, id: &ApplicationId, at: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => {
                    sqlx::query("delete from application_nonces where application_id = $1")
                        .bind(&id).execute(&mut *conn).await?;
                    let rows = sqlx::query(
                        "update applications set delete_at = $2, update_at = $2 where id = $1 and delete_at = 0")
                        .bind(&id).bind(at).execute(conn).await?.rows_affected();
                    Ok(rows > 0)
                })
            })
        })
        .await
    }

    /// Uses a timestamp, in one statement, so that only one of two requests with the same timestamp passes. Returns
    /// whether it is later than all earlier ones. An earlier one beyond `latest` does not count: the clock was set back
    /// since.
    pub async fn use_application_time(
        &self,
        id: &ApplicationId,
        stamp: i64,
        latest: i64,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        let rows = unit!(
            self.beside_cache(),
            "update applications set called_time = $2 where id = $1 and (called_time < $2 or called_time > $3)",
            [&id, stamp, latest]
        )
        .await?;
        Ok(rows > 0)
    }

    /// Uses a nonce, and deletes nonces that have expired at `now`.
    pub async fn use_application_nonce(
        &self,
        id: &ApplicationId,
        nonce: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<NonceUse, StoreError> {
        let (id, nonce) = (id.clone(), nonce.to_owned());
        self.beside_cache().write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => {
                    sqlx::query("delete from application_nonces where application_id = $1 and expires_at < $2")
                        .bind(&id).bind(now).execute(&mut *conn).await?;
                    let kept: i64 = sqlx::query_scalar(
                        "select count(*) from (select 1 from application_nonces where application_id = $1 limit $2) n")
                        .bind(&id).bind(MAX_NONCES).fetch_one(&mut *conn).await?;
                    if kept >= MAX_NONCES {
                        return Ok(NonceUse::Full);
                    }
                    let rows = sqlx::query(
                        "insert into application_nonces (application_id, nonce, expires_at) values ($1, $2, $3) \
                         on conflict (application_id, nonce) do nothing")
                        .bind(&id).bind(&nonce).bind(expires_at).execute(conn).await?.rows_affected();
                    Ok(if rows > 0 { NonceUse::Fresh } else { NonceUse::Repeated })
                })
            })
        })
        .await
    }

    /// Records when a strength was last used.
    pub async fn note_application_use(
        &self,
        id: &ApplicationId,
        rung: Strength,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = match rung {
            Strength::Legacy => {
                "update applications set legacy_used_at = $2 where id = $1 and legacy_used_at < $2"
            }
            Strength::Body => "update applications set body_used_at = $2 where id = $1 and body_used_at < $2",
            Strength::Nonce => {
                "update applications set nonce_used_at = $2 where id = $1 and nonce_used_at < $2"
            }
            Strength::Hmac => "update applications set hmac_used_at = $2 where id = $1 and hmac_used_at < $2",
        };
        let id = id.clone();
        unit!(self, sql, [&id, at]).await?;
        Ok(())
    }
}

async fn insert(tx: &mut Tx, application: &Application) -> Result<(), StoreError> {
    run!(
        tx,
        "insert into applications (id, name, code, sealed_key, previous_key, previous_until, \
         account_id, free, bot_id, addresses, dialects, rungs, enabled, called_time, \
         legacy_used_at, body_used_at, nonce_used_at, hmac_used_at, create_at, update_at, \
         delete_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
         $17, $18, $19, $20, $21)",
        [
            &application.id,
            &application.name,
            &application.code,
            &application.sealed_key,
            &application.previous_key,
            application.previous_until,
            &application.account_id,
            application.free,
            &application.bot_id,
            &application.addresses,
            Json(&application.dialects),
            Json(&application.strengths),
            application.enabled,
            application.called_time,
            application.used.legacy_used_at,
            application.used.body_used_at,
            application.used.nonce_used_at,
            application.used.hmac_used_at,
            application.create_at,
            application.update_at,
            application.delete_at
        ]
    )
    .await?;
    Ok(())
}
