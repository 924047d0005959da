//! `[server]`: where to listen and where to keep things. Each option is described in `config.default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::model::Network;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Server {
    pub listen: SocketAddr,
    pub site_url: String,
    pub data: PathBuf,
    pub max_body: usize,
    pub head_timeout_ms: u32,
    pub body_timeout_ms: u32,
    pub sockets_per_user: usize,
    pub rate_per_second: u32,
    pub rate_burst: u32,
    pub rate_limit_loopback: bool,
    pub trusted_proxies: Vec<Network>,
}
