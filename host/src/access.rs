//! Who somebody is, and what they may do: accounts, sign-ins, tokens, and the rules, which are pure ([`rules`]).

mod account;
mod password;
pub mod roles;
pub mod rules;
mod sign_in;
mod token;

pub use account::NewAccount;
pub use sign_in::{Principal, Proof, SignedIn};
pub use token::NewToken;

use std::time::Duration;

use crate::clock::Clock;
use crate::config;
use crate::store::{Store, StoreError};

/// Handles for accounts and sign-ins. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    store: Store,
    clock: Clock,
    open_signup: bool,
    password_min_length: usize,
    session_lifetime: Duration,
}

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("no valid session: log in, or send a token as `Authorization: Bearer …`")]
    NoSession,
    #[error("the login or the password is wrong")]
    WrongLogin,
    #[error("the password is empty")]
    BlankPassword,
    #[error("this account was deactivated")]
    Inactive,
    #[error("bot accounts cannot log in by password: use a token")]
    BotLogin,
    #[error("you may not {0}")]
    Forbidden(&'static str),
    #[error("new accounts are made by an administrator here")]
    SignupClosed,
    #[error("`{field}` is not valid: {reason}")]
    Invalid { field: &'static str, reason: String },
    #[error("an account with this username or e-mail address exists already")]
    Taken,
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Access {
    pub fn new(store: Store, clock: Clock, config: &config::Access) -> Self {
        Self {
            store,
            clock,
            open_signup: config.open_signup,
            password_min_length: config.password_min_length,
            session_lifetime: Duration::from_secs(u64::from(config.session_hours) * 3600),
        }
    }
}
