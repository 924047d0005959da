//! `[mail]`: the server that sends mails. Each option is described in `config.default.toml`.

use crate::secret::Secret;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Mail {
    /// May hold a password.
    #[serde(deserialize_with = "secret")]
    pub url: Secret,
    pub from: String,
    pub authority: String,
    pub timeout_ms: u32,
    pub attempts: u32,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(|text: String| Secret::new(text))
}
