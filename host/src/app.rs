//! The handles the HTTP side needs. A struct, no behaviour.

use std::sync::Arc;

use crate::access::Access;
use crate::bus::Bus;
use crate::chat::Chat;
use crate::clock::Clock;
use crate::command::Commands;
use crate::config::Config;
use crate::ingest::Ingest;
use crate::plugin::Plugins;
use crate::shutdown::Tasks;
use crate::store::Store;

/// Everything a handler may ask for. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub config: Arc<Config>,
    /// The address people and clients reach this server at, without a trailing slash.
    pub site_url: Arc<str>,
    pub clock: Clock,
    pub tasks: Tasks,
    pub store: Store,
    pub bus: Bus,
    pub access: Access,
    pub chat: Chat,
    pub plugins: Plugins,
    pub ingest: Ingest,
    pub commands: Commands,
}
