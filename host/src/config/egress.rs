//! `[egress]`: requests to other servers. Each option is described in `config.default.toml`.

use crate::model::Network;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Egress {
    pub allow_networks: Vec<Network>,
}
