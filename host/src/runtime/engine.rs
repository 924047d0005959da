//! The one engine all plugins share, and the ticker that makes guests yield.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use wasmtime::component::Linker;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use super::fault::RuntimeError;
use super::imports;
use super::limits::{
    MAX_CORE_INSTANCES, MAX_FRAMES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, RuntimeLimits, TICK,
};
use super::state::State;

/// The stack a guest may use. Above this, the guest traps.
const WASM_STACK: usize = 512 * 1024;

/// The stack a call runs on, shared by the guest and the host functions it calls.
const CALL_STACK: usize = 2 * 1024 * 1024;

/// How many freed instances are returned to the operating system at a time. With more than one, memory that no budget
/// counts would stay with the process: up to the whole memory of a call for each instance.
const DECOMMIT_BATCH: usize = 1;

/// Runs components and links them to the host's functions.
pub(super) struct Engine {
    pub(super) wasmtime: wasmtime::Engine,
    pub(super) linker: Linker<State>,
}

/// Advances the engine's epoch every [`TICK`], on its own thread, so that a busy executor cannot delay it. Stops when
/// dropped.
pub(super) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    pub(super) fn new(limits: &RuntimeLimits) -> Result<Self, RuntimeError> {
        let wasmtime =
            wasmtime::Engine::new(&config(limits)?).map_err(|error| RuntimeError::Engine(error.into()))?;
        let mut linker = Linker::new(&wasmtime);
        imports::link(&mut linker).map_err(|error| RuntimeError::Engine(error.into()))?;
        Ok(Self { wasmtime, linker })
    }

    /// Identifies everything that compiled code depends on besides the component itself.
    pub(super) fn compatibility(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.wasmtime.precompile_compatibility_hash().hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    pub(super) fn start_ticker(&self) -> Result<Ticker, RuntimeError> {
        let (stop, stopped) = channel::<()>();
        let engine = self.wasmtime.clone();
        let thread = std::thread::Builder::new()
            .name("plugin-ticker".to_owned())
            .spawn(move || {
                while matches!(stopped.recv_timeout(TICK), Err(RecvTimeoutError::Timeout)) {
                    engine.increment_epoch();
                }
            })
            .map_err(RuntimeError::Ticker)?;
        Ok(Ticker { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic; if it had, there would be nothing left to stop.
            drop(thread.join());
        }
    }
}

fn config(limits: &RuntimeLimits) -> Result<Config, RuntimeError> {
    let calls = u32::try_from(limits.calls).ok().filter(|calls| (1..=10_000).contains(calls));
    let calls = calls.ok_or(RuntimeError::Calls(limits.calls))?;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls.saturating_mul(MAX_CORE_INSTANCES))
        .total_memories(calls.saturating_mul(MAX_MEMORIES))
        .total_tables(calls.saturating_mul(MAX_TABLES))
        .total_stacks(calls)
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_memory_size(limits.memory)
        .table_elements(MAX_TABLE_ELEMENTS)
        .decommit_batch_size(DECOMMIT_BATCH);
    let mut config = code_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool)).async_stack_size(CALL_STACK);
    Ok(config)
}

/// An engine that only compiles: it reserves no memory for instances, and uses one thread, so that the server keeps the
/// other cores.
pub(super) fn for_compiling() -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(code_config().parallel_compilation(false))
}

/// The settings that compiled code depends on. The engine that compiles and the engine that runs share them.
fn code_config() -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .wasm_component_model(true)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        // The same input gives the same bits, so that a call can be replayed.
        .cranelift_nan_canonicalization(true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(MAX_FRAMES))
        // Only function names are kept. Line numbers would require reading the guest's debug information at every
        // crash, outside any limit. The location of a panic is in its message.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config
}
