//! Runs plugins. The only place that knows wasmtime.
//!
//! A call gets a fresh instance, a deadline, a memory limit and nothing else: no clock, no randomness, no files, no
//! network of its own. What it asks for through its imports is recorded as effects and returned with its output; when
//! it fails, the effects are dropped.
//!
//! Reading order: `limits`, `engine` (how guests are compiled and interrupted), `bindings` (the contract in Rust),
//! `program` (a loaded plugin), `cache` (compiled code on disk), `call` (one call, start to end), `triggers` (one file
//! per way to be called), `state` (what a call owns), `recording` (what it asked for), `imports` (one file per
//! interface), `marshal` (contract <-> model), `fault`.

mod bindings;
mod cache;
mod call;
mod engine;
mod fault;
mod imports;
mod limits;
mod marshal;
mod program;
mod recording;
mod state;
mod triggers;

#[cfg(test)]
mod tests;

pub use call::CallOutput;
pub use fault::{Fault, HostFault, LoadError, Refusal, RuntimeError};
pub use limits::{CallLimits, MAX_LIST, MAX_LOG_LINE, MAX_LOG_LINES, MAX_OUTPUT, MAX_POSTS, RuntimeLimits};
pub use program::{Program, Source};
pub use triggers::{TRIGGERS, Trigger, TriggerInfo};

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::model::{Call, PluginId};
use crate::store::Store;

use cache::Cache;
use engine::{Engine, Ticker};
use program::Loaded;
use state::State;

/// Loads plugins and calls them. Cheap to clone; the ticker that interrupts guests stops with the last clone.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    limits: RuntimeLimits,
    engine: Engine,
    cache: Option<Cache>,
    store: Store,
    clock: Clock,
    /// One permit per call that may run, taken before an instance: an exhausted pool of instances is an error, it does not
    /// wait.
    slots: Semaphore,
    /// Each plugin's share of the slots, by id, so that an upgraded plugin keeps its share. A std mutex, because it is held
    /// briefly and never across an await.
    shares: Mutex<HashMap<PluginId, Weak<Semaphore>>>,
    _ticker: Ticker,
}

impl Runtime {
    /// `cache_dir` keeps compiled code between starts; without one, every plugin is compiled at every start.
    pub fn new(
        limits: RuntimeLimits,
        cache_dir: Option<PathBuf>,
        store: Store,
        clock: Clock,
    ) -> Result<Self, RuntimeError> {
        let engine = Engine::new(&limits)?;
        let cache = cache_dir.map(|directory| Cache::open(directory, &engine)).transpose()?;
        let ticker = engine.start_ticker()?;
        Ok(Self(Arc::new(Inner {
            slots: Semaphore::new(limits.calls),
            shares: Mutex::default(),
            limits,
            engine,
            cache,
            store,
            clock,
            _ticker: ticker,
        })))
    }

    /// Makes a package callable: compiles it, or takes the compiled code from the cache. Runs off the executor, and takes
    /// seconds for large plugins: keep it off the path of requests.
    pub async fn load(&self, source: Source) -> Result<Program, LoadError> {
        let runtime = self.clone();
        let share = self.share(&source.plugin);
        tokio::task::spawn_blocking(move || {
            Program::load(&runtime.0.engine, runtime.0.cache.as_ref(), source, share)
        })
        .await
        .map_err(|_| LoadError::Interrupted)?
    }

    /// Calls the plugin's handler of this kind of input. The effects of a call that fails are gone.
    pub async fn call<T: Trigger>(
        &self,
        program: &Program,
        call: &Call,
        input: &T,
        deadline: Duration,
    ) -> Result<CallOutput<T::Output>, Fault> {
        call::run(&self.0, program, call, input, deadline).await
    }

    pub fn limits(&self) -> &RuntimeLimits {
        &self.0.limits
    }

    fn share(&self, plugin: &PluginId) -> Arc<Semaphore> {
        let mut shares = self.0.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(plugin).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.0.limits.calls_per_plugin));
        shares.insert(plugin.clone(), Arc::downgrade(&share));
        share
    }
}

impl Inner {
    fn state(&self, loaded: &Loaded, call: &Call) -> State {
        let memory = loaded.limits.memory.map_or(self.limits.memory, |own| own.min(self.limits.memory));
        let (store, clock) = (self.store.clone(), self.clock.clone());
        State::new(call.clone(), store, clock, loaded.templates.clone(), self.limits.values, memory)
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}
