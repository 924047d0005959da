//! `[storage]`: Uploaded files. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Storage {
    pub url: String,
    pub max_file: u64,
    pub public_links: bool,
}
