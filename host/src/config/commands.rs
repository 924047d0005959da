//! `[commands]`: Slash commands. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Commands {
    pub timeout_ms: u32,
}
