//! What a call may use. Options of the operator are in [`RuntimeLimits`], the rest are constants; what happens at each
//! is written beside it.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Bytes of text in one answer (reply, or messages of a bridge together). Past it the call fails with `BadOutput`.
pub const MAX_OUTPUT: usize = 1024 * 1024;

/// Lines a call may log. Further ones are dropped, and one line says so.
pub const MAX_LOG_LINES: usize = 200;

/// Bytes of one log line, fields included. Longer ones are cut.
pub const MAX_LOG_LINE: usize = 4096;

/// Fields of one log line. Further ones are dropped.
pub(super) const MAX_LOG_FIELDS: usize = 32;

/// Messages one call may post, ephemeral ones included. Past it `create` answers `invalid`.
pub const MAX_POSTS: usize = 50;

/// Entries one list answers at most (keys, members); a guest that asks for more gets this many.
pub const MAX_LIST: u32 = 200;

/// Bytes of a stored value's key. Past it `put` answers `other`.
pub(super) const MAX_KEY: usize = 512;

/// Bytes of a stored value. Past it `put` answers `other`.
pub(super) const MAX_VALUE: usize = 1024 * 1024;

/// Keys one call may read. Past it `get` answers `other`.
pub(super) const MAX_READ_KEYS: usize = 10_000;

/// Changed keys of one call. Past it `put` and `delete` answer `other`.
pub(super) const MAX_CHANGED_KEYS: usize = 1000;

/// Bytes of changed values one call may hold back until it ends. Past it `put` answers `other`.
pub(super) const MAX_CHANGED_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of one idempotency key. Past it `create` answers `invalid`.
pub(super) const MAX_IDEMPOTENCY_KEY: usize = 200;

/// Bytes of a panic's message or place, and of a refusal's text. Longer ones are cut.
pub(super) const MAX_REPORT: usize = 4096;

/// Wasm frames in a fault's report.
pub(super) const MAX_FRAMES: usize = 32;

/// Bytes of one frame's name. Longer ones are cut.
pub(super) const MAX_FRAME: usize = 500;

/// Bytes a guest may hand over in one host call, or with its answer. Past it the call fails with `BadOutput`.
pub(super) const HOSTCALL_BYTES: usize = 8 * 1024 * 1024;

/// Handles (secrets, later streams) alive in one call. Past it the guest traps.
pub(super) const MAX_HANDLES: usize = 256;

/// Elements of one table. Growing past it fails as the instruction defines it.
pub(super) const MAX_TABLE_ELEMENTS: usize = 20_000;

/// Core instances, memories and tables of one component. A component with more does not load.
pub(super) const MAX_CORE_INSTANCES: u32 = 20;
pub(super) const MAX_MEMORIES: u32 = 2;
pub(super) const MAX_TABLES: u32 = 20;

/// The steady tick that interrupts guests: the longest a guest computes before others get their turn.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// The operator's limits, section `[plugins]` of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeLimits {
    /// Memory of one call, in bytes. Past it the guest is refused more, and its failure is reported as `Memory`.
    pub memory: usize,
    /// Stored values of one plugin, keys included, in bytes. Past it `put` answers `quota`.
    pub values: u64,
    /// Calls of one plugin that run at once. More are answered `Busy`.
    pub calls_per_plugin: usize,
    /// Calls of all plugins that run at once. More wait, within their deadline, and are answered `Busy` at its end.
    pub calls: usize,
}

/// What a plugin wants to be held to. Can only narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallLimits {
    pub memory: Option<usize>,
    pub command: Option<Duration>,
    pub bridge: Option<Duration>,
}

/// Counts one call's memory and remembers refusals, so that a crash at the limit is not reported as a mere trap.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) limit: usize,
    used: usize,
    pub(super) refused: bool,
}

impl Default for RuntimeLimits {
    fn default() -> Self {
        Self { memory: 64 * 1024 * 1024, values: 10 * 1024 * 1024, calls_per_plugin: 32, calls: 256 }
    }
}

impl Meter {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, used: 0, refused: false }
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.limit {
            self.refused = true;
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }
}
