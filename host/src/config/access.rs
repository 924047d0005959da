//! `[access]`: Accounts and sign-ins. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Access {
    pub open_signup: bool,
    pub session_hours: u32,
    pub password_min_length: usize,
    pub session_idle_hours: u32,
    pub password_require_mixed: bool,
    pub bot_creation: BotCreation,
    pub audit_days: u32,
}

/// Who may make bots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BotCreation {
    Admins,
    Members,
}
