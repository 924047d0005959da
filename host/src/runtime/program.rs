//! A loaded plugin: compiled, linked, and ready to be instantiated for each call.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentNamedList, InstancePre, Lift, Lower};

use super::bindings::exports::jackfield::plugin::{command, incoming_webhook};
use super::bindings::jackfield::plugin::types::{Context, Failure};
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
    /// What it declares to answer, by interface, such as `command`.
    pub triggers: BTreeSet<String>,
    pub limits: CallLimits,
    pub templates: Templates,
}

/// The triggers this server runs, by interface.
const COMMAND: &str = "command";
const BRIDGE: &str = "incoming-webhook";

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
        let command = if source.triggers.contains(COMMAND) {
            check_handle::<(&Context, &command::Invocation), Result<Option<command::Reply>, Failure>>(
                &pre, COMMAND,
            )?;
            Some(command::GuestIndices::new(&pre).map_err(unfit(COMMAND))?)
        } else {
            None
        };
        let bridge = if source.triggers.contains(BRIDGE) {
            check_handle::<(&Context, &incoming_webhook::Request), Result<incoming_webhook::Outcome, Failure>>(
                &pre, BRIDGE,
            )?;
            Some(incoming_webhook::GuestIndices::new(&pre).map_err(unfit(BRIDGE))?)
        } else {
            None
        };
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

/// Compares a trigger's function with the contract's now: the generated code would only do so in every call.
fn check_handle<Params, Answer>(pre: &InstancePre<State>, trigger: &'static str) -> Result<(), LoadError>
where
    Params: ComponentNamedList + Lower,
    (Answer,): ComponentNamedList + Lift,
{
    let component = pre.component();
    let interface = format!("jackfield:plugin/{trigger}@1.0.0");
    let instance = component.get_export_index(None, &interface);
    let handle = instance.and_then(|instance| component.get_export(Some(&instance), "handle"));
    match handle {
        Some((ComponentItem::ComponentFunc(function), _)) => {
            function.typecheck::<Params, (Answer,)>(&pre.instance_type()).map_err(unfit(trigger))
        }
        _ => Err(LoadError::Trigger { trigger, reason: "it has no function `handle`".to_owned() }),
    }
}

fn unfit(trigger: &'static str) -> impl FnOnce(wasmtime::Error) -> LoadError {
    move |error| LoadError::Trigger { trigger, reason: format!("{error:#}") }
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
