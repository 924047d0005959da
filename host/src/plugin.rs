//! Installed plugins: reading a package, consent to its permission sheet, and the one way a plugin is called.

mod call;
mod install;
pub mod manifest;
pub mod package;
mod registry;
pub mod sheet;

pub use call::{CallError, CallRequest, CommitResult, Entrance};
pub use install::PluginDetails;
pub use registry::{ActiveCommand, RESERVED_TRIGGERS};

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::Mutex;

use crate::access::{Access, AccessError, rules};
use crate::clock::Clock;
use crate::effect::Grants;
use crate::model::{InstalledPlugin, PluginId};
use crate::runtime::{LoadError, Program, Rules, Runtime};
use crate::shutdown::Tasks;
use crate::store::{Store, StoreError};
use manifest::Manifest;
use package::PackageError;
use registry::Registry;
use sheet::Sheet;

/// Handles for installed plugins. Cheap to clone; all clones share the enabled plugins.
#[derive(Debug, Clone)]
pub struct Plugins {
    store: Store,
    access: Access,
    clock: Clock,
    runtime: Runtime,
    tasks: Tasks,
    site_url: Arc<str>,
    /// The plugins that may be called. A std lock, because it is held for a look-up and never across an await.
    registry: Arc<RwLock<Registry>>,
    /// Serialises the writes of upload, enable and disable, so that two plugins cannot claim one trigger. Nothing is
    /// compiled while it is held.
    changing: Arc<Mutex<()>>,
}

/// What a call may do in the name of the user who caused it: what that user may do.
pub const RULES: Rules = Rules {
    read_channel: rules::sees_channel,
    post_in: |user, channel, member| rules::post_in(user, channel, member).is_ok(),
    see_account: |user, account, known| rules::see_account(user, account, known).is_ok(),
};

/// An enabled plugin, ready to be called.
#[derive(Debug)]
pub struct Active {
    pub installed: InstalledPlugin,
    pub manifest: Manifest,
    pub sheet: Sheet,
    pub program: Program,
    pub grants: Grants,
}

/// Why a plugin was not installed or changed.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("there is no plugin `{0}`; list the plugins to see their ids")]
    NotFound(String),
    #[error(
        "this consent is for another permission sheet; read the current one and send its digest, {present}"
    )]
    OtherSheet { present: String },
    #[error("the command /{trigger} already belongs to the plugin {owner}; disable that plugin first")]
    TriggerTaken { trigger: String, owner: PluginId },
    #[error("the command /{0} is the server's own; rename it in the plugin")]
    TriggerReserved(String),
    #[error("the plugin was replaced in the meantime; read it again, then repeat the change")]
    Replaced,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Plugins {
    pub fn new(
        store: Store,
        access: Access,
        clock: Clock,
        runtime: Runtime,
        tasks: Tasks,
        site_url: &str,
    ) -> Self {
        Self {
            store,
            access,
            clock,
            runtime,
            tasks,
            site_url: site_url.into(),
            registry: Arc::default(),
            changing: Arc::default(),
        }
    }

    /// An enabled plugin.
    pub fn active(&self, id: &PluginId) -> Option<Arc<Active>> {
        self.registry().plugin(id).cloned()
    }

    /// Every enabled plugin, by id.
    pub fn all_active(&self) -> Vec<Arc<Active>> {
        self.registry().plugins().cloned().collect()
    }

    /// The enabled plugin's command with this trigger.
    pub fn command(&self, trigger: &str) -> Option<ActiveCommand> {
        self.registry().command(trigger).cloned()
    }

    /// At most `limit` commands of enabled plugins whose trigger begins with `prefix`, by trigger.
    pub fn commands(&self, prefix: &str, limit: usize) -> Vec<ActiveCommand> {
        self.registry().commands(prefix).take(limit).cloned().collect()
    }

    fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn activate(&self, plugin: Active) {
        self.registry.write().unwrap_or_else(PoisonError::into_inner).insert(plugin);
    }

    fn deactivate(&self, id: &PluginId) {
        self.registry.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
