//! `[signed]`: the signed API. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Signed {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedLanguage {
    /// As `Accept-Language` asks.
    Auto,
    En,
    Zh,
}
