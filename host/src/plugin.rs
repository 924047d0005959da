//! Installed plugins: reading a package, agreeing to its permission sheet, and having its program at hand.

mod install;
pub mod manifest;
pub mod package;
pub mod sheet;

pub use install::PluginDetails;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use crate::access::{Access, AccessError};
use crate::clock::Clock;
use crate::effect::Grants;
use crate::model::{Actor, Call, InstalledPlugin, Place, PluginId, User};
use crate::runtime::{LoadError, Program, Runtime};
use crate::secret::random_id;
use crate::store::{Store, StoreError};
use manifest::Manifest;
use package::PackageError;
use sheet::Sheet;

/// Handles for installed plugins. Cheap to clone; all clones see the same programs.
#[derive(Debug, Clone)]
pub struct Plugins {
    store: Store,
    access: Access,
    clock: Clock,
    runtime: Runtime,
    site_url: Arc<str>,
    /// The programs that may be called. A std lock: it is held for a look-up, never across an await.
    active: Arc<RwLock<BTreeMap<PluginId, Arc<Active>>>>,
    /// Held by whoever changes which plugins run, so that of two that want the same trigger the second is refused.
    changing: Arc<Mutex<()>>,
}

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
    #[error("there is no plugin `{0}`")]
    NotFound(String),
    #[error(
        "this consent is for another permission sheet: read the present one, whose digest is {present}, and send that"
    )]
    OtherSheet { present: String },
    #[error("the command /{trigger} belongs to the plugin {owner} already: disable that one first")]
    TriggerTaken { trigger: String, owner: PluginId },
    #[error("the command /{0} is the server's own: the plugin must name it otherwise")]
    TriggerReserved(String),
    #[error("the plugin was replaced in the meantime: look again")]
    Replaced,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Plugins {
    pub fn new(store: Store, access: Access, clock: Clock, runtime: Runtime, site_url: &str) -> Self {
        Self {
            store,
            access,
            clock,
            runtime,
            site_url: site_url.into(),
            active: Arc::default(),
            changing: Arc::default(),
        }
    }

    /// An enabled plugin.
    pub fn active(&self, id: &PluginId) -> Option<Arc<Active>> {
        self.active.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Every enabled plugin, by id.
    pub fn all_active(&self) -> Vec<Arc<Active>> {
        self.active.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The enabled plugin that answers a slash command.
    pub fn for_command(&self, trigger: &str) -> Option<Arc<Active>> {
        self.all_active()
            .into_iter()
            .find(|plugin| plugin.manifest.commands.iter().any(|command| command.trigger == trigger))
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What a plugin is told about a call that begins now.
    pub fn begin(&self, plugin: &Active, actor: Option<&User>, place: Option<Place>) -> Call {
        Call {
            id: random_id(),
            plugin: plugin.installed.id.clone(),
            bot: plugin.installed.bot_user_id.clone(),
            actor: actor.map(Actor::from),
            place,
            now: self.clock.now(),
            site_url: self.site_url.to_string(),
        }
    }

    fn activate(&self, plugin: Active) {
        let id = plugin.installed.id.clone();
        self.active.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::new(plugin));
    }

    fn deactivate(&self, id: &PluginId) {
        self.active.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
