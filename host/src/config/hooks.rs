//! `[hooks]`: Incoming webhooks. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Hooks {
    pub incoming: bool,
    pub username_override: bool,
    pub icon_override: bool,
}
