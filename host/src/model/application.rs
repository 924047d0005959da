//! Applications of the signed API: who may call it, with which key, and how strongly they sign.

use super::{ApplicationId, Timestamp, UserId};

/// Characters of a key: lower-case letters and digits.
pub const KEY_LENGTH: usize = 32;

/// A program of somebody else that calls the signed API.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Application {
    pub id: ApplicationId,
    pub name: String,
    /// What it calls itself in every request: unique among those that are not deleted.
    pub code: String,
    pub sealed_key: Vec<u8>,
    /// The key before the last rotation, good until `previous_until`.
    pub previous_key: Option<Vec<u8>>,
    pub previous_until: Timestamp,
    /// The account its group messages are by.
    pub account_id: Option<UserId>,
    /// Whether it may call without such an account; its messages are by `bot_id` then.
    pub free: bool,
    pub bot_id: Option<UserId>,
    /// Where it may call from, as `signed::Addresses` reads it.
    pub addresses: String,
    #[sqlx(json)]
    pub dialects: Vec<Dialect>,
    #[sqlx(json, rename = "rungs")]
    pub strengths: Vec<Strength>,
    pub enabled: bool,
    /// The last stamp of a time token, in seconds; later ones must be greater.
    pub called_time: i64,
    #[sqlx(flatten)]
    pub used: LastUse,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// When each rung was last used, to the minute: tells which weak ones may be switched off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct LastUse {
    pub legacy_used_at: Timestamp,
    pub body_used_at: Timestamp,
    pub nonce_used_at: Timestamp,
    pub hmac_used_at: Timestamp,
}

/// An application with what a request of it needs to know of its account.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ApplicationTarget {
    #[sqlx(flatten)]
    pub application: Application,
    /// The bound account is there, and not deactivated.
    pub account_exists: bool,
}

/// How a request spells what it signs.
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
    /// `/api.php` and `/x.php`, the query in its own order.
    D1,
    /// `/im/METHOD`, the query sorted by name.
    D2,
    /// `/api.php` and `/x.php` with a rising time; nothing else of the request is signed.
    D3,
}

/// How much a request proves, weakest first.
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
    /// The query, or the time alone: whoever reads one request may send it again, with another body.
    Legacy,
    /// The query with the body's digest in it.
    Body,
    /// The same with a time and a word used once: nobody sends it again.
    Nonce,
    /// HMAC-SHA256 with the headers of Standard Webhooks.
    Hmac,
}

/// Somebody as the signed API lists them.
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
    /// The name shown to people: nickname, else full name, else username.
    pub fn display_name(&self) -> String {
        super::user::display_name(&self.nickname, &self.first_name, &self.last_name, &self.username)
    }
}
