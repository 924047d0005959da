//! Applications of the signed API: who may call it, with which key, and how strongly requests are signed.

use super::{ApplicationId, Timestamp, UserId};

/// Characters of a key: lower-case letters and digits.
pub const KEY_LENGTH: usize = 32;

/// An external program that calls the signed API.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Application {
    pub id: ApplicationId,
    pub name: String,
    /// The name the application sends in every request. It is unique among applications that are not deleted.
    pub code: String,
    pub sealed_key: Vec<u8>,
    /// The key before the last rotation. It is valid until `previous_until`.
    pub previous_key: Option<Vec<u8>>,
    pub previous_until: Timestamp,
    /// The account that posts the application's group messages. Unless the application is free, it lists and uses only
    /// the groups that this account is in.
    pub account_id: Option<UserId>,
    /// Whether the application may call without such an account, and use every group. Without an account its messages
    /// are posted by `bot_id`.
    pub free: bool,
    pub bot_id: Option<UserId>,
    /// The addresses it may call from, in the syntax of `signed::Addresses`.
    pub addresses: String,
    #[sqlx(json)]
    pub dialects: Vec<Dialect>,
    #[sqlx(json, rename = "rungs")]
    pub strengths: Vec<Strength>,
    pub enabled: bool,
    /// The last time token's timestamp, in seconds. A later token must have a greater one.
    pub called_time: i64,
    #[sqlx(flatten)]
    pub used: LastUse,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// When each strength was last used, to the minute. It shows which weak ones can be switched off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct LastUse {
    pub legacy_used_at: Timestamp,
    pub body_used_at: Timestamp,
    pub nonce_used_at: Timestamp,
    pub hmac_used_at: Timestamp,
}

/// An application, with the facts about its account that a request needs.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ApplicationTarget {
    #[sqlx(flatten)]
    pub application: Application,
    /// Whether the bound account exists and is active.
    pub account_exists: bool,
}

/// How a request writes the text that it signs.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `/api.php` and `/x.php`: the query parameters are signed in the order sent.
    D1,
    /// `/im/METHOD`: the query parameters are signed sorted by name.
    D2,
    /// `/api.php` and `/x.php` with an increasing timestamp; nothing else in the request is signed.
    D3,
}

/// How much a signature proves, weakest first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// The query, or only the timestamp. An attacker who reads one request can send it again with another body.
    Legacy,
    /// The query, which includes the body's digest.
    Body,
    /// As `Body`, with a timestamp and a nonce, so that a request cannot be replayed.
    Nonce,
    /// HMAC-SHA256 with the headers of Standard Webhooks.
    Hmac,
}

/// An account as the signed API lists it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NumberedUser {
    pub id: UserId,
    pub number: i64,
    pub username: String,
    pub nickname: String,
    pub first_name: String,
    pub last_name: String,
}

impl Dialect {
    pub const ALL: [Self; 3] = [Self::D1, Self::D2, Self::D3];

    pub fn name(self) -> &'static str {
        match self {
            Self::D1 => "d1",
            Self::D2 => "d2",
            Self::D3 => "d3",
        }
    }
}

impl Strength {
    pub const ALL: [Self; 4] = [Self::Legacy, Self::Body, Self::Nonce, Self::Hmac];

    pub fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Body => "body",
            Self::Nonce => "nonce",
            Self::Hmac => "hmac",
        }
    }
}

impl LastUse {
    pub fn of(&self, rung: Strength) -> Timestamp {
        match rung {
            Strength::Legacy => self.legacy_used_at,
            Strength::Body => self.body_used_at,
            Strength::Nonce => self.nonce_used_at,
            Strength::Hmac => self.hmac_used_at,
        }
    }
}

impl NumberedUser {
    /// Returns the name that clients show: nickname, else full name, else username.
    pub fn display_name(&self) -> String {
        super::user::display_name(&self.nickname, &self.first_name, &self.last_name, &self.username)
    }
}
