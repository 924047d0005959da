//! The handles the HTTP side needs. A struct, no behaviour.

use std::sync::Arc;

use crate::access::Access;
use crate::blob::Blobs;
use crate::bus::Bus;
use crate::chat::{Chat, Files};
use crate::clock::Clock;
use crate::command::Commands;
use crate::config::Config;
use crate::ingest::Ingest;
use crate::plugin::Plugins;
use crate::secret::Sealer;
use crate::shutdown::Tasks;
use crate::store::Store;

/// Everything a handler may ask for. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) config: Arc<Config>,
    /// The address people and clients reach this server at, without a trailing slash.
    pub(crate) site_url: Arc<str>,
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) access: Access,
    pub(crate) chat: Chat,
    pub(crate) plugins: Plugins,
    pub(crate) ingest: Ingest,
    pub(crate) commands: Commands,
    pub(crate) blobs: Blobs,
    pub(crate) sealer: Sealer,
    pub(crate) files: Files,
}
