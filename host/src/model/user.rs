//! Users, bots, and their sessions, tokens and preferences.

use serde_json::{Map, Value};

use super::role::has_role;
use super::{SessionId, Timestamp, TokenId, UserId};

/// The longest username, in bytes. It may contain only letters, digits, `.`, `-` and `_`, as on the wire.
pub const MAX_USERNAME: usize = 64;

/// An account of a person or a bot. The password's hash is not part of it; only `access` reads that.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct User {
    pub id: UserId,
    /// The small number that identifies the account in the signed API.
    pub number: i64,
    pub username: String,
    pub email: String,
    pub nickname: String,
    pub first_name: String,
    pub last_name: String,
    pub position: String,
    pub locale: String,
    /// Space-separated role names, e.g. `system_user system_admin`.
    pub roles: String,
    pub is_bot: bool,
    #[sqlx(json)]
    pub props: Map<String, Value>,
    #[sqlx(json)]
    pub notify_props: Map<String, Value>,
    #[sqlx(json)]
    pub timezone: TimeZone,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
    pub last_password_update: Timestamp,
    /// What a bot is for; empty for other accounts.
    pub bot_description: String,
    /// When the account's own picture was set; `NEVER` if it has none.
    pub picture_at: Timestamp,
    /// Whether the address is known to reach its owner.
    pub email_verified: bool,
    /// Whether a sign-in needs a code of the account's second factor.
    pub mfa_active: bool,
}

/// A time zone, as on the wire. Clients treat every part as a text, also `use_automatic_timezone`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct TimeZone {
    pub automatic_timezone: String,
    pub manual_timezone: String,
    pub use_automatic_timezone: String,
}

/// A user's preference: a value by category and name, all texts. The shape is that of the wire.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Preference {
    pub user_id: UserId,
    pub category: String,
    pub name: String,
    pub value: String,
}

impl Default for TimeZone {
    /// The zone of an account that has set none: what its device says.
    fn default() -> Self {
        Self {
            automatic_timezone: String::new(),
            manual_timezone: String::new(),
            use_automatic_timezone: "true".to_owned(),
        }
    }
}

impl TimeZone {
    /// Returns the name of the zone that is in force, or None if the account has set none.
    pub fn name(&self) -> Option<&str> {
        let name = if self.use_automatic_timezone == "false" {
            &self.manual_timezone
        } else {
            &self.automatic_timezone
        };
        (!name.is_empty()).then_some(name)
    }
}

impl User {
    pub fn has_role(&self, role: &str) -> bool {
        has_role(&self.roles, role)
    }

    /// Returns the name to display: nickname, else full name, else username.
    pub fn display_name(&self) -> String {
        display_name(&self.nickname, &self.first_name, &self.last_name, &self.username)
    }
}

pub(super) fn display_name(nickname: &str, first: &str, last: &str, username: &str) -> String {
    let full = format!("{first} {last}");
    let names = [nickname.trim(), full.trim(), username];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}

/// A sign-in. Its token is a credential; the store keeps only a digest.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    /// The value that a browser signed in by cookie must send in `X-CSRF-Token`.
    pub csrf: String,
    pub create_at: Timestamp,
    pub expires_at: Timestamp,
    /// The address of push notifications that the client gave, or empty. Clients show which device a sign-in is of.
    pub device_id: String,
    #[sqlx(json)]
    pub agent: Agent,
}

/// The program that signed in, as clients show it in the list of an account's sign-ins.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Agent {
    pub platform: String,
    pub os: String,
    /// Name and version, with a slash between them.
    pub browser: String,
    pub is_mobile: bool,
}

impl Default for Agent {
    /// A program that says nothing about itself. Clients look into these texts, so none may be missing; the words are
    /// Mattermost's.
    fn default() -> Self {
        Self {
            platform: "Windows".to_owned(),
            os: String::new(),
            browser: "Unknown/0.0".to_owned(),
            is_mobile: false,
        }
    }
}

/// A sign-in and when it was last used, to the minute.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LiveSession {
    #[sqlx(flatten)]
    pub session: Session,
    pub last_activity_at: Timestamp,
}

/// Personal access tokens that one account may have, including disabled ones. A further one is refused.
pub const MAX_ACCESS_TOKENS: i64 = 100;

/// A bot, the account that a program acts as, and its owner.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Bot {
    #[sqlx(flatten)]
    pub user: User,
    /// Is None for a plugin's bot, which belongs to its plugin.
    pub owner_id: Option<UserId>,
}

/// A personal access token's visible part.
#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow)]
pub struct AccessToken {
    pub id: TokenId,
    pub user_id: UserId,
    pub description: String,
    pub is_active: bool,
}
