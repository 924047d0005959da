//! Flags of the commands that work on a server's data, and the settings that result.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, ConfigError, Sources};

#[derive(Debug, Clone, Default, Args)]
pub(super) struct ServerOptions {
    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8065]
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Option<SocketAddr>,
    /// The data directory [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// `sqlite://PATH` or `postgres://USER@HOST/NAME` [default: a file in the data directory]
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,
}

impl ServerOptions {
    /// Resolves the settings: the reference values, overridden by the file, the environment and these flags.
    pub(super) fn resolve(&self) -> Result<Config, ConfigError> {
        let mut sources = Sources::from_environment();
        sources.file.clone_from(&self.config);
        let flags = [
            ("server.listen", self.listen.map(|address| address.to_string())),
            ("server.data", self.data.as_ref().map(|path| path.display().to_string())),
            ("database.url", self.database.clone()),
        ];
        sources.flags = flags.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        sources.resolve()
    }
}
