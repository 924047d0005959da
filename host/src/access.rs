//! Who a caller is, and what they may do: accounts, sign-ins, tokens, and the rules, which are pure ([`rules`]).
//! What a caller has proved is a type (`proof`).

mod account;
mod account_mails;
mod administration;
mod audit;
mod bot;
mod checks;
mod conversion;
mod custom_status;
mod device;
mod directory;
mod events;
mod housekeeping;
mod invitation;
mod invitation_mails;
mod password;
mod profile;
mod prohibition;
mod proof;
mod rights;
pub mod roles;
pub mod rules;
mod second_factor;
mod session;
mod setup;
mod sign_in;
mod throttle;
mod token;

pub use account::NewAccount;
pub use audit::audit_row;
pub use bot::{BotChange, NewBot};
pub use checks::check_username_of;
pub use directory::{Completion, VisibleUser};
pub use invitation::{InvitationKey, NewInvitation};
pub use profile::ProfileChange;
pub use prohibition::Prohibition;
pub use proof::{
    AccountAccess, Admin, Authority, BotAccess, ChannelAccess, ChannelEditor, ChannelOpener, TeamAccess,
    TeamAdmin,
};
pub use rights::{Rights, TeamRights};
pub use second_factor::FactorSecret;
pub use session::{Credential, Principal};
pub use sign_in::{NewSession, SignIn};
pub use throttle::Throttle;
pub use token::NewToken;

use std::time::Duration;

use crate::budget::{Budget, BudgetExhausted, Budgets};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config;
use crate::model::{Kind, MAX_ACCESS_TOKENS, TokenPurpose};
use crate::secret::{Sealer, Secret};
use crate::shutdown::Tasks;
use crate::store::{Store, StoreError};

/// The name of this server where clients and authenticators show one.
pub const SITE_NAME: &str = "Jackfield";

/// Handles for accounts and sign-ins. Cheap to clone.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Access {
    store: Store,
    clock: Clock,
    open_signup: bool,
    password_min_length: usize,
    session_lifetime: Duration,
    session_idle: Duration,
    sessions_per_account: u32,
    bots_per_account: u32,
    password_require_mixed: bool,
    member_bots: bool,
    member_tokens: bool,
    member_hooks: bool,
    show_email_addresses: bool,
    show_full_names: bool,
    audit_kept: Duration,
    /// Whether the server can mail accounts.
    sends_mail: bool,
    /// None on the command line, which has no sockets.
    bus: Option<Bus>,
    throttle: Throttle,
    /// Memory for password hashes, of strangers and of known devices.
    hashes: Budget,
    known_hashes: Budget,
    /// None on the command line, which has no tasks in the background.
    tasks: Option<Tasks>,
    device_key: Option<Secret>,
    /// Seals the secrets of second factors. None on the command line, which uses none.
    sealer: Option<Sealer>,
    /// None on the command line, which needs none.
    setup_token: Option<Secret>,
}

/// Why the operation was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("no valid session; log in, or send a token as `Authorization: Bearer …`")]
    NoSession,
    #[error("the login or the password is wrong; check both")]
    WrongLogin,
    #[error("the password is empty; send one as `password`")]
    BlankPassword,
    #[error("this account is deactivated; ask an administrator to activate it")]
    Inactive,
    #[error("bot accounts cannot log in by password; use a token")]
    BotLogin,
    #[error(transparent)]
    Prohibited(#[from] Prohibition),
    #[error("you may not {0}")]
    Forbidden(&'static str),
    #[error(
        "the first account is created on the server's machine, or with the token from its log as `t` in the address"
    )]
    SetupElsewhere,
    #[error("only administrators create accounts on this server; ask one for an account or an invitation")]
    SignupClosed,
    #[error("`{field}` is not valid: {reason}")]
    Invalid { kind: Kind, field: &'static str, reason: String },
    #[error("an account with this username or e-mail address exists already; choose another one")]
    Taken(Kind),
    #[error(
        "this account's e-mail address is not of a domain that may join this team; ask its administrator"
    )]
    DomainNotAllowed,
    #[error("there is no such {0}; check its id or name")]
    NotFound(Kind),
    #[error("too many failed attempts; try again in {} seconds", .0.as_secs().max(1))]
    TooManyAttempts(Duration),
    #[error("the account has {MAX_ACCESS_TOKENS} access tokens, as many as it may have; revoke one first")]
    TooManyTokens,
    #[error("`current_password` is wrong; send the account's current password")]
    WrongPassword,
    #[error("`password` is not the account's password; send it to change the e-mail address")]
    WrongPasswordForEmail,
    #[error("a new account gets its id from the server; leave out `id`")]
    Existing,
    #[error("there is no such session; list the account's sessions")]
    NoSuchSession,
    #[error(
        "this session belongs to another account than the one in the address; list the account's sessions"
    )]
    ForeignSession,
    #[error("the code is wrong, or was used before; send the one that the authenticator shows now")]
    WrongActivationCode,
    #[error("this account has a second factor; send its code, six digits, as `token`")]
    CodeNeeded,
    #[error(
        "the code of the second factor is wrong, or was used before; send the one that the authenticator shows now"
    )]
    WrongCode,
    #[error("this account has a second factor already; remove it first")]
    SecondFactorActive,
    #[error(
        "this server has no key to seal the secret of a second factor; its operator must restore `seal.key`"
    )]
    NoSecondFactor,
    #[error("this custom status is not among the account's recent ones; nothing needs to be done")]
    NotRecent,
    #[error("the link has expired or was used before; request a new mail")]
    BadMailToken(TokenPurpose),
    #[error("no administrator would be left; make another account an administrator first")]
    LastAdmin,
    #[error("this invitation has expired, was used or was withdrawn; ask for a new one")]
    BadInvitation,
    #[error("this server sends no mail; its operator must set `mail.url`")]
    NoMail,
    #[error("the password could not be hashed: {0}; see the server log")]
    Hash(String),
    #[error(transparent)]
    Busy(#[from] BudgetExhausted),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccessError {
    fn invalid(kind: Kind, field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { kind, field, reason: reason.into() }
    }
}

impl Access {
    pub fn new(store: Store, clock: Clock, config: &config::AccessSettings) -> Self {
        let budgets = Budgets::default();
        Self {
            store,
            clock,
            open_signup: config.open_signup,
            password_min_length: config.password_min_length,
            session_lifetime: hours(config.session_hours),
            session_idle: hours(config.session_idle_hours),
            password_require_mixed: config.password_require_mixed,
            member_bots: config.bot_creation == config::Creators::Members,
            member_tokens: config.token_creation == config::Creators::Members,
            member_hooks: config.hook_creation == config::Creators::Members,
            show_email_addresses: config.show_email_addresses,
            show_full_names: config.show_full_names,
            sessions_per_account: config.sessions_per_account,
            bots_per_account: config.bots_per_account,
            audit_kept: hours(24).saturating_mul(config.audit_days),
            sends_mail: false,
            bus: None,
            throttle: Throttle::default(),
            hashes: budgets.hashes,
            known_hashes: budgets.known_hashes,
            tasks: None,
            device_key: None,
            sealer: None,
            setup_token: None,
        }
    }

    /// Sets the bus that changes are published on.
    #[must_use]
    pub fn with_bus(self, bus: Bus) -> Self {
        Self { bus: Some(bus), ..self }
    }

    /// Sets the memory for password hashes, which the whole server shares.
    #[must_use]
    pub fn with_hashes(self, budgets: &Budgets) -> Self {
        let (hashes, known_hashes) = (budgets.hashes.clone(), budgets.known_hashes.clone());
        Self { hashes, known_hashes, ..self }
    }

    /// Sets whether the server can mail accounts.
    #[must_use]
    pub fn with_mail(self, sends_mail: bool) -> Self {
        Self { sends_mail, ..self }
    }

    /// Sets what seals the secrets of second factors.
    #[must_use]
    pub fn with_sealer(self, sealer: Sealer) -> Self {
        Self { sealer: Some(sealer), ..self }
    }

    /// Sets the tasks that a change may leave in the background.
    #[must_use]
    pub fn with_tasks(self, tasks: Tasks) -> Self {
        Self { tasks: Some(tasks), ..self }
    }
}

fn hours(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 3600)
}
