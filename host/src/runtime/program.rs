//! A loaded plugin: compiled, linked, and ready to be instantiated for each call.

use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::{Component, InstancePre};

use super::bindings::exports::jackfield::plugin::{command, incoming_webhook};
use super::cache::Cache;
use super::call::State;
use super::engine::Engine;
use super::fault::LoadError;
use super::limits::CallLimits;
use crate::model::PluginId;
use crate::template::Templates;

/// What [`super::Runtime::load`] loads.
#[derive(Debug, Clone)]
pub struct Source {
    pub plugin: PluginId,
    /// SHA-256 of `component`, lower-case hex: the name of its compiled code in the cache.
    pub digest: String,
    pub component: Vec<u8>,
    pub limits: CallLimits,
    pub templates: Templates,
}

/// One version of one plugin, callable. Cheap to clone; calls that run keep theirs when a new version is loaded.
#[derive(Clone)]
pub struct Program(pub(super) Arc<Loaded>);

pub(super) struct Loaded {
    pub(super) plugin: PluginId,
    pub(super) digest: String,
    pub(super) pre: InstancePre<State>,
    pub(super) command: Option<command::GuestIndices>,
    pub(super) bridge: Option<incoming_webhook::GuestIndices>,
    pub(super) limits: CallLimits,
    pub(super) templates: Templates,
    /// This plugin's share of the calls that run at once.
    pub(super) share: Arc<Semaphore>,
}

impl Program {
    pub(super) fn load(
        engine: &Engine,
        cache: Option<&Cache>,
        source: Source,
        share: Arc<Semaphore>,
    ) -> Result<Self, LoadError> {
        let kept = cache.and_then(|cache| cache.read(engine, &source.digest));
        let component = kept.map_or_else(|| compile(engine, cache, &source), Ok)?;
        let pre = engine
            .linker
            .instantiate_pre(&component)
            .map_err(|error| LoadError::Contract(format!("{error:#}")))?;
        let command = command::GuestIndices::new(&pre).ok();
        let bridge = incoming_webhook::GuestIndices::new(&pre).ok();
        if command.is_none() && bridge.is_none() {
            return Err(LoadError::NoTrigger);
        }
        let Source { plugin, digest, limits, templates, .. } = source;
        Ok(Self(Arc::new(Loaded { plugin, digest, pre, command, bridge, limits, templates, share })))
    }

    pub fn plugin(&self) -> &PluginId {
        &self.0.plugin
    }

    /// SHA-256 of the package, lower-case hex.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }
}

fn compile(engine: &Engine, cache: Option<&Cache>, source: &Source) -> Result<Component, LoadError> {
    let component = Component::from_binary(&engine.wasmtime, &source.component)
        .map_err(|error| LoadError::Compile(format!("{error:#}")))?;
    if let Some(cache) = cache {
        cache.write(&source.digest, &component);
    }
    Ok(component)
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("plugin", &self.0.plugin)
            .field("digest", &self.0.digest)
            .finish_non_exhaustive()
    }
}
