//! Settings, resolved once at start from TOML, environment variables and flags.

mod sections;
mod sources;

pub use sections::{
    Access, Commands, Creators, Database, Egress, Hooks, Limits, LogFormat, Mail, Notices, PluginCompiler,
    Plugins, Server, Signed, SignedLanguage, Storage, Telemetry,
};
pub use sources::{ConfigError, Sources};

/// Every option with its comment and its default.
pub const REFERENCE: &str = include_str!("../config.default.toml");

/// The resolved settings, by section.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub access: Access,
    pub limits: Limits,
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
    /// Returns the database's address, or its default.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite://{}", self.server.data.join("jackfield.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// Returns the blob store's address, or its default.
    pub fn storage_url(&self) -> String {
        if self.storage.url.is_empty() {
            format!("file://{}", self.server.data.join("files").display())
        } else {
            self.storage.url.clone()
        }
    }
}
