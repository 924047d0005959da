//! Runs plugins. The only place that knows wasmtime.
//!
//! A call gets a fresh instance, a deadline, a memory limit and nothing else: no clock, no randomness, no files, no
//! network of its own. What it requests through its imports is recorded as effects and returned with its output; when
//! it fails, the effects are dropped.
//!
//! Reading order: `limits`, `engine` (how guests are interrupted), `compiler` (code within bounds), `bindings` (the
//! contract in Rust), `program` (a loaded plugin), `share` (what its calls share), `cache` (compiled code on disk),
//! `call` (one call, start to end), `triggers` (one file per way to be called), `state` (what a call owns), `meter`
//! (its memory), `recording` (what it requested), `rules` (what its user may do), `imports` (one file per interface),
//! `marshal` (contract <-> model), `fault`.

mod bindings;
mod cache;
mod call;
mod compiler;
mod engine;
mod fault;
mod imports;
mod limits;
mod marshal;
mod meter;
mod program;
mod recording;
mod rules;
mod share;
mod state;
mod triggers;

#[cfg(test)]
mod tests;

pub use cache::CompiledCode;
pub use call::CallOutput;
pub use compiler::compile;
pub use fault::{Fault, HostFault, LoadError, RefusalKind, RuntimeError};
pub use limits::{
    CallLimits, CompileLimits, MAX_LIST, MAX_LOG_LINE, MAX_LOG_LINES, MAX_LOG_RATE, MAX_OUTPUT, MAX_POSTED,
    MAX_POSTS, RuntimeLimits,
};
pub use program::{Program, ProgramSource};
pub use rules::Rules;
pub use triggers::{TRIGGERS, Trigger, TriggerInfo};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::clock::Clock;
use crate::model::Call;
use crate::store::Store;
use crate::template::Renderings;

use cache::CodeCache;
use compiler::Compiler;
use engine::{Engine, Ticker};
use meter::Meter;
use program::LoadedProgram;
use recording::{Posts, Values};
use share::Shares;
use state::{State, StorageQuota};

/// Loads plugins and calls them. Cheap to clone; the ticker that interrupts guests stops with the last clone.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    limits: RuntimeLimits,
    rules: Rules,
    engine: Engine,
    compiler: Compiler,
    cache: Option<CodeCache>,
    store: Store,
    clock: Clock,
    /// The memory of all calls together.
    memory: Budget,
    /// One permit per call that may run, taken before an instance: an exhausted pool of instances is an error, it does
    /// not wait.
    slots: Semaphore,
    shares: Shares,
    renderings: Renderings,
    _ticker: Ticker,
}

impl Runtime {
    /// `compiled` keeps compiled code between starts; without it, every plugin is compiled at every start. `memory` is
    /// what all calls may use together.
    pub fn new(
        limits: RuntimeLimits,
        rules: Rules,
        memory: Budget,
        compiled: Option<CompiledCode>,
        store: Store,
        clock: Clock,
    ) -> Result<Self, RuntimeError> {
        let engine = Engine::new(&limits)?;
        let cache = compiled.map(|place| CodeCache::open(place, &engine)).transpose()?;
        let ticker = engine.start_ticker()?;
        Ok(Self(Arc::new(Inner {
            slots: Semaphore::new(limits.calls),
            compiler: Compiler::new(limits.compile.clone()),
            shares: Shares::default(),
            renderings: Renderings::new(memory.clone()),
            limits,
            rules,
            memory,
            engine,
            cache,
            store,
            clock,
            _ticker: ticker,
        })))
    }

    /// Makes a package callable: compiles it, or takes the compiled code from the cache. This takes seconds for large
    /// plugins: keep it off the path of requests.
    pub async fn load(&self, mut source: ProgramSource) -> Result<Program, LoadError> {
        let component = std::mem::take(&mut source.component);
        if let Some(program) = self.load_cached(source.clone()).await? {
            return Ok(program);
        }
        let code = self.0.compiler.code(component).await?;
        self.blocking(move |runtime| {
            let component = cache::deserialize(&runtime.engine, &code)
                .map_err(|error| LoadError::Compile(format!("{error:#}")))?;
            if let Some(cache) = &runtime.cache {
                cache.write(&source.digest, &code);
            }
            runtime.link(&component, source)
        })
        .await
    }

    async fn load_cached(&self, source: ProgramSource) -> Result<Option<Program>, LoadError> {
        self.blocking(move |runtime| {
            let cache = runtime.cache.as_ref();
            let component = cache.and_then(|cache| cache.read(&runtime.engine, &source.digest));
            component.map(|component| runtime.link(&component, source)).transpose()
        })
        .await
    }

    /// Runs work off the executor: reading and linking code takes milliseconds.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, LoadError> + Send + 'static,
    ) -> Result<T, LoadError> {
        let runtime = self.clone();
        tokio::task::spawn_blocking(move || work(&runtime.0)).await.map_err(|_| LoadError::Interrupted)?
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
}

impl Inner {
    fn link(
        &self,
        component: &wasmtime::component::Component,
        source: ProgramSource,
    ) -> Result<Program, LoadError> {
        let share = self.shares.of(&source.plugin, self.limits.calls_per_plugin);
        Program::link(&self.engine, component, source, share)
    }

    fn state(&self, loaded: &LoadedProgram, call: &Call) -> State {
        let memory = loaded.limits.memory.map_or(self.limits.memory, |own| own.min(self.limits.memory));
        State {
            call: call.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            rules: self.rules,
            templates: loaded.templates.clone(),
            renderings: self.renderings.clone(),
            share: loaded.share.clone(),
            posts: Posts::default(),
            values: Values::default(),
            quota: StorageQuota { limit: self.limits.values, used: None },
            logged: 0,
            panic: None,
            meter: Meter::new(memory, &self.memory),
            began: false,
        }
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}
