//! Tokens that are mailed to an account's address.

use std::time::Duration;

use super::{MailKind, Timestamp, UserId};

/// The length of a token, in characters. Clients refuse others.
pub const MAIL_TOKEN_LENGTH: usize = 64;

/// How long a token is valid after it was sent.
pub const MAIL_TOKEN_LIFETIME: Duration = Duration::from_hours(24);

/// What a token allows its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum TokenPurpose {
    /// To set a new password.
    Password,
    /// To confirm that the address reaches the account's owner.
    Verification,
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MailToken {
    pub user_id: UserId,
    pub purpose: TokenPurpose,
    pub email: String,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
}

impl TokenPurpose {
    /// Returns the kind of mail that carries such a token.
    pub fn mail(self) -> MailKind {
        match self {
            Self::Password => MailKind::Password,
            Self::Verification => MailKind::Verification,
        }
    }
}
