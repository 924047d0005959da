//! The sections of the settings, one struct each. Every option is described in `config.default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::model::Network;
use crate::secret::Secret;

/// `[server]`: addresses, the data directory, limits of requests.
#[derive(Debug, Clone, Deserialize)]
pub struct ServerSettings {
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    pub site_url: String,
    pub data: PathBuf,
    pub max_body: usize,
    pub head_timeout_ms: u32,
    pub body_timeout_ms: u32,
    pub response_timeout_ms: u32,
    pub connections: usize,
    pub connections_per_address: usize,
    pub hsts_seconds: u32,
    pub sockets_per_user: usize,
    pub rate_per_second: u32,
    pub rate_burst: u32,
    pub rate_limit_loopback: bool,
    pub trusted_proxies: Vec<Network>,
}

/// `[database]`: where rows are stored.
#[derive(Debug, Clone, Deserialize)]
pub struct DatabaseSettings {
    pub url: String,
    pub connections: u32,
}

/// `[storage]`: where uploaded files are stored.
#[derive(Debug, Clone, Deserialize)]
pub struct StorageSettings {
    pub url: String,
    pub max_file: u64,
    pub min_free: u64,
    pub public_links: bool,
}

/// `[access]`: accounts and sign-ins.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct AccessSettings {
    pub open_signup: bool,
    pub session_hours: u32,
    pub password_min_length: usize,
    pub session_idle_hours: u32,
    pub password_require_mixed: bool,
    pub bot_creation: Creators,
    pub hook_creation: Creators,
    pub token_creation: Creators,
    pub show_email_addresses: bool,
    pub show_full_names: bool,
    pub sessions_per_account: u32,
    pub bots_per_account: u32,
    pub audit_days: u32,
}

/// Who may create something that acts by itself, such as bots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Creators {
    Admins,
    Members,
}

/// `[limits]`: how much one account or team may create.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct LimitsSettings {
    pub teams_per_account: u32,
    pub channels_per_account: u32,
    pub channels_per_team: u32,
    pub hooks_per_account: u32,
    pub emoji_per_account: u32,
    pub file_bytes_per_account: u64,
}

/// `[hooks]`: webhooks.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Debug, Clone, Deserialize)]
pub struct HooksSettings {
    pub incoming: bool,
    pub outgoing: bool,
    pub bridge_max_body: usize,
    pub username_override: bool,
    pub icon_override: bool,
}

/// `[commands]`: slash commands.
#[derive(Debug, Clone, Deserialize)]
pub struct CommandsSettings {
    pub enabled: bool,
    pub timeout_ms: u32,
    pub request_timeout_ms: u32,
}

/// `[notices]`: the notification centre.
#[derive(Debug, Clone, Deserialize)]
pub struct NoticesSettings {
    pub keep_days: u32,
    pub keep_read_days: u32,
    pub max_per_user: u32,
    pub keep_mails_days: u32,
    pub digest_hour: i8,
}

/// `[mail]`: the server that mails are handed to.
#[derive(Debug, Clone, Deserialize)]
pub struct MailSettings {
    /// The URL may contain a password.
    #[serde(deserialize_with = "secret")]
    pub url: Secret,
    pub from: String,
    pub authority: String,
    pub timeout_ms: u32,
    pub attempts: u32,
}

/// `[egress]`: requests of the server to other servers.
#[derive(Debug, Clone, Deserialize)]
pub struct EgressSettings {
    pub allow_networks: Vec<Network>,
}

/// `[delivery]`: how outgoing webhooks are sent.
#[derive(Debug, Clone, Deserialize)]
pub struct DeliverySettings {
    pub timeout_ms: u32,
    pub keep_days: u32,
}

/// `[plugins]`: what plugins may use.
#[derive(Debug, Clone, Deserialize)]
pub struct PluginsSettings {
    pub max_package: usize,
    pub compile_ms: u32,
    pub compile_memory: u64,
    pub compiler: PluginCompiler,
    pub max_memory: usize,
    pub total_memory: usize,
    pub bridge_timeout_ms: u32,
    pub max_values: u64,
    pub calls_per_plugin: usize,
    pub calls: usize,
}

/// Where plugins are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginCompiler {
    Process,
    Thread,
}

/// `[signed]`: the signed API.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct SignedSettings {
    pub enabled: bool,
    pub language: SignedLanguage,
    pub raw_query: bool,
    pub hide_codes: bool,
    pub native_status: bool,
    pub max_body: usize,
    pub max_users: usize,
    pub rate_per_second: u32,
    pub rate_burst: u32,
}

/// The language of the signed API's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedLanguage {
    /// What the request's `Accept-Language` prefers.
    Auto,
    En,
    Zh,
}

/// `[telemetry]`: what is written to stderr.
#[derive(Debug, Clone, Deserialize)]
pub struct TelemetrySettings {
    pub log: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format_args!(
            "`{text}` is not an address; write an IP address and a port, such as `127.0.0.1:8065`"
        ))
    })
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    Deserialize::deserialize(deserializer).map(|text: String| Secret::new(text))
}
