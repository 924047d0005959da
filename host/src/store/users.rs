//! `users`: accounts.

use std::collections::HashMap;
use std::sync::Arc;

use const_format::concatcp;
use sqlx::types::Json;

use super::cache::Load;
use super::directory::USER;
use super::{Db, Store, StoreError, Tx};
use crate::model::{User, UserId};

const BY_IDS: [&str; 2] = over_texts!(concatcp!("select ", USER, " from users u where u.id in"), "$1", "");
const BY_USERNAME: &str = concatcp!("select ", USER, " from users u where u.username = $1");
const BY_LOGIN: &str =
    concatcp!("select ", USER, ", u.password_hash from users u where u.username = $1 or u.email = $1");

const BY_ID_FOR_LOGIN: &str = concatcp!("select ", USER, ", u.password_hash from users u where u.id = $1");

/// Bytes of an account in the cache besides its settings, and of a setting besides its texts, approximately.
const USER_BYTES: usize = 1024;
const SETTING_BYTES: usize = 64;

/// An account to create. The store assigns its number.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// `number` is ignored.
    pub user: User,
    pub password_hash: Option<String>,
}

const INSERT: &str = "insert into users (id, number, username, email, nickname, first_name, last_name, position, \
    locale, roles, is_bot, props, notify_props, create_at, update_at, delete_at, last_password_update, password_hash, \
    timezone, email_verified) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
    $19, $20)";

/// An account with its password's hash.
#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: User,
    password_hash: Option<String>,
}

impl Store {
    /// Creates an account. Returns `Conflict` if its username or e-mail address is taken.
    pub async fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        self.write(move |tx| Box::pin(insert(tx, new))).await
    }

    pub async fn any_user(&self) -> Result<bool, StoreError> {
        let first = "select id from users limit 1";
        let id: Option<UserId> =
            read!(self.db, conn => sqlx::query_scalar(first).fetch_optional(conn).await)?;
        Ok(id.is_some())
    }

    pub async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.shared_user(id).await?.map(|user| (*user).clone()))
    }

    /// As [`Store::user`], without a copy.
    pub async fn shared_user(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.load.users.get(id).await
    }

    pub async fn user_by_username(&self, username: &str) -> Result<Option<User>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_USERNAME).bind(username).fetch_optional(conn).await)
    }

    /// Returns the account with this username or e-mail address, and its password's hash.
    pub async fn login(&self, login: &str) -> Result<Option<(User, Option<String>)>, StoreError> {
        // Lower-cased here, because SQLite's `lower` only handles ASCII.
        let login = login.to_lowercase();
        let row: Option<Row> =
            read!(self.db, conn => sqlx::query_as(BY_LOGIN).bind(login).fetch_optional(conn).await)?;
        Ok(row.map(|row| (row.user, row.password_hash)))
    }

    /// Returns the account with this id, and its password's hash.
    pub async fn login_by_id(&self, id: &UserId) -> Result<Option<(User, Option<String>)>, StoreError> {
        let row: Option<Row> =
            read!(self.db, conn => sqlx::query_as(BY_ID_FOR_LOGIN).bind(id).fetch_optional(conn).await)?;
        Ok(row.map(|row| (row.user, row.password_hash)))
    }
}

impl Load for User {
    type Key = UserId;

    const CACHED: bool = true;

    /// An account's settings may take some kilobytes.
    fn weight(&self) -> usize {
        let settings = self.props.iter().chain(&self.notify_props);
        let sizes =
            settings.map(|(key, value)| SETTING_BYTES + key.len() + value.as_str().map_or(0, str::len));
        USER_BYTES + sizes.sum::<usize>()
    }

    async fn load(db: &Db, keys: &[UserId]) -> Result<HashMap<UserId, Self>, StoreError> {
        let sql = db.of(BY_IDS);
        let users: Vec<Self> = read!(db, conn => sqlx::query_as(sql).bind(Json(keys)).fetch_all(conn).await)?;
        Ok(users.into_iter().map(|user| (user.id.clone(), user)).collect())
    }
}

pub(super) async fn insert(tx: &mut Tx, new: NewUser) -> Result<User, StoreError> {
    let NewUser { mut user, password_hash } = new;
    on_tx!(tx, conn => {
        user.number = sqlx::query_scalar("update counters set value = value + 1 where name = 'user' returning value")
            .fetch_one(&mut *conn).await?;
        sqlx::query(INSERT)
            .bind(&user.id).bind(user.number).bind(&user.username).bind(&user.email).bind(&user.nickname)
            .bind(&user.first_name).bind(&user.last_name).bind(&user.position).bind(&user.locale)
            .bind(&user.roles).bind(user.is_bot).bind(Json(&user.props)).bind(Json(&user.notify_props))
            .bind(user.create_at).bind(user.update_at).bind(user.delete_at).bind(user.last_password_update)
            .bind(&password_hash).bind(Json(&user.timezone)).bind(user.email_verified)
            .execute(conn).await?;
    });
    Ok(user)
}
