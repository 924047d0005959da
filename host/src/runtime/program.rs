//! A loaded plugin: compiled, linked, and ready to be instantiated for each call.

use std::collections::BTreeSet;
use std::sync::Arc;

use wasmtime::component::{Component, InstancePre};

use super::engine::Engine;
use super::fault::LoadError;
use super::limits::CallLimits;
use super::share::Share;
use super::state::State;
use super::triggers::Exports;
use crate::model::{PluginId, Timestamp};
use crate::template::Templates;

/// What [`super::Runtime::load`] loads.
#[derive(Debug, Clone)]
pub struct ProgramSource {
    pub plugin: PluginId,
    /// SHA-256 of `component`, lower-case hex: the name of its compiled code in the cache.
    pub digest: String,
    pub component: Vec<u8>,
    /// The triggers it handles, by interface, such as `command`.
    pub triggers: BTreeSet<String>,
    pub limits: CallLimits,
    pub templates: Templates,
}

/// One version of one plugin, callable. Cheap to clone; a running call keeps its version when a new one is loaded.
#[derive(Clone)]
pub struct Program(pub(super) Arc<LoadedProgram>);

pub(super) struct LoadedProgram {
    pub(super) plugin: PluginId,
    pub(super) digest: String,
    pub(super) pre: InstancePre<State>,
    pub(super) exports: Exports,
    pub(super) limits: CallLimits,
    pub(super) templates: Templates,
    pub(super) share: Arc<Share>,
}

impl Program {
    /// Links compiled code to the host's functions and checks the exports.
    pub(super) fn link(
        engine: &Engine,
        component: &Component,
        source: ProgramSource,
        share: Arc<Share>,
    ) -> Result<Self, LoadError> {
        let pre = engine
            .linker
            .instantiate_pre(component)
            .map_err(|error| LoadError::Contract(format!("{error:#}")))?;
        let exports = Exports::find(&pre, |interface| source.triggers.contains(interface))?;
        let ProgramSource { plugin, digest, limits, templates, .. } = source;
        Ok(Self(Arc::new(LoadedProgram { plugin, digest, pre, exports, limits, templates, share })))
    }

    pub fn plugin(&self) -> &PluginId {
        &self.0.plugin
    }

    /// SHA-256 of the package, lower-case hex.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// Whether a line with these texts, which a call of this plugin causes, may be logged now. All such lines draw on
    /// [`super::MAX_LOG_RATE`].
    pub fn may_log<'a>(&self, texts: impl IntoIterator<Item = &'a str>, now: Timestamp) -> bool {
        self.0.share.may_log(texts, now)
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("plugin", &self.0.plugin)
            .field("digest", &self.0.digest)
            .finish_non_exhaustive()
    }
}
