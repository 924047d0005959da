//! The handles that the HTTP side needs. No behaviour.

use std::ops::Deref;
use std::sync::Arc;

use crate::access::Access;
use crate::blob::Blobs;
use crate::budget::Budgets;
use crate::bus::Bus;
use crate::chat::{Chat, Files};
use crate::clock::Clock;
use crate::command::Commands;
use crate::config::Config;
use crate::hook::{Hooks, OutgoingHooks};
use crate::notice::Notices;
use crate::plugin::Plugins;
use crate::rate::Buckets;
use crate::secret::Sealer;
use crate::shutdown::Tasks;
use crate::signed::SignedRequests;
use crate::store::Store;

/// Everything that a handler may need. It is one pointer, because each request gets a copy.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Handles>);

#[derive(Debug)]
pub(crate) struct Handles {
    pub(crate) config: Arc<Config>,
    pub(crate) budgets: Budgets,
    /// The address at which users and clients reach this server, without a trailing slash.
    pub(crate) site_url: Arc<str>,
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    /// The frames that an account may send on its sockets. None if they are not limited.
    pub(crate) socket_frames: Option<Buckets>,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) access: Access,
    pub(crate) chat: Chat,
    pub(crate) notices: Notices,
    pub(crate) plugins: Plugins,
    pub(crate) hooks: Hooks,
    pub(crate) outgoing: OutgoingHooks,
    pub(crate) commands: Commands,
    pub(crate) signed: SignedRequests,
    pub(crate) blobs: Blobs,
    pub(crate) sealer: Sealer,
    pub(crate) files: Files,
}

impl App {
    pub(crate) fn new(handles: Handles) -> Self {
        Self(Arc::new(handles))
    }
}

impl Deref for App {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0
    }
}
