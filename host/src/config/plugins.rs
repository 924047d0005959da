//! `[plugins]`: What plugins may use. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Plugins {
    pub max_package: usize,
    pub max_memory: usize,
    pub bridge_timeout_ms: u32,
    pub max_values: u64,
    pub calls_per_plugin: usize,
    pub calls: usize,
}
