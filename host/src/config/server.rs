//! `[server]`: where to listen and where to keep things. Each option is described in `config.default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Server {
    pub listen: SocketAddr,
    pub site_url: String,
    pub data: PathBuf,
    pub max_body: usize,
    pub sockets_per_user: usize,
}
