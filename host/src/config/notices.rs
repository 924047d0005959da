//! `[notices]`: the notification centre. Each option is described in `config.default.toml`.

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Notices {
    pub keep_days: u32,
    pub keep_read_days: u32,
    pub max_per_user: u32,
    pub keep_mails_days: u32,
    pub digest_hour: i8,
}
