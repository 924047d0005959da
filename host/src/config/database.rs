//! `[database]`: Where rows live. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Database {
    pub url: String,
    pub connections: u32,
}
