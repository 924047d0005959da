//! `[access]`: Accounts and sign-ins. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Access {
    pub open_signup: bool,
    pub session_hours: u32,
    pub password_min_length: usize,
}
