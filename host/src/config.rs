//! Settings: what was typed (TOML, environment, flags) becomes what it means, once, at start.

mod access;
mod commands;
mod database;
mod egress;
mod hooks;
mod mail;
mod notices;
mod plugins;
mod raw;
mod server;
mod signed;
mod storage;
mod telemetry;

pub use access::{Access, BotCreation};
pub use commands::Commands;
pub use database::Database;
pub use egress::Egress;
pub use hooks::Hooks;
pub use mail::Mail;
pub use notices::Notices;
pub use plugins::Plugins;
pub use raw::{ConfigError, Sources};
pub use server::Server;
pub use signed::{Signed, SignedLanguage};
pub use storage::Storage;
pub use telemetry::{LogFormat, Telemetry};

/// The commented reference, which is also where every default comes from.
pub const REFERENCE: &str = include_str!("../config.default.toml");

/// The resolved settings: one struct per section of the reference.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub access: Access,
    pub hooks: Hooks,
    pub commands: Commands,
    pub notices: Notices,
    pub mail: Mail,
    pub plugins: Plugins,
    pub signed: Signed,
    pub telemetry: Telemetry,
    pub storage: Storage,
    pub egress: Egress,
}

impl Config {
    /// The database's address, with the default filled in.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite://{}", self.server.data.join("jackfield.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// The blob store's address, with the default filled in.
    pub fn storage_url(&self) -> String {
        if self.storage.url.is_empty() {
            format!("file://{}", self.server.data.join("files").display())
        } else {
            self.storage.url.clone()
        }
    }
}
