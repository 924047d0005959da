//! Settings, resolved once at start from TOML, environment variables and flags.

mod sections;
mod sources;

pub use sections::{
    AccessSettings, CommandsSettings, Creators, DatabaseSettings, DeliverySettings, EgressSettings,
    HooksSettings, LimitsSettings, LogFormat, MailSettings, NoticesSettings, PluginCompiler, PluginsSettings,
    ServerSettings, SignedLanguage, SignedSettings, StorageSettings, TelemetrySettings,
};
pub use sources::{ConfigError, Sources};

/// Every option with its comment and its default.
pub const REFERENCE: &str = include_str!("../config.default.toml");

/// The resolved settings, by section.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Config {
    pub server: ServerSettings,
    pub database: DatabaseSettings,
    pub access: AccessSettings,
    pub limits: LimitsSettings,
    pub hooks: HooksSettings,
    pub commands: CommandsSettings,
    pub notices: NoticesSettings,
    pub mail: MailSettings,
    pub plugins: PluginsSettings,
    pub signed: SignedSettings,
    pub telemetry: TelemetrySettings,
    pub storage: StorageSettings,
    pub egress: EgressSettings,
    pub delivery: DeliverySettings,
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
