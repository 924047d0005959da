//! What a call may use. The operator's options are in [`RuntimeLimits`], the rest are constants; each one states what
//! happens when it is exceeded.

use std::collections::BTreeMap;
use std::time::Duration;

/// Bytes of text in one output (reply, or all messages of a bridge). Above this, the call fails with `BadOutput`. One
/// connection writes everything, so a large output delays the posts of all users.
pub const MAX_OUTPUT: usize = 256 * 1024;

/// Lines a call may log. Further lines are dropped, and one line says so.
pub const MAX_LOG_LINES: usize = 200;

/// Bytes of one log line, fields included. Longer ones are cut.
pub const MAX_LOG_LINE: usize = 4096;

/// Bytes that one plugin may cause in the log in a second, over all its calls and as they are written, control
/// characters escaped: its own lines, crashes, and failures of its commands and bridges. Further lines of that second
/// are dropped, and one line says so.
pub const MAX_LOG_RATE: usize = 64 * 1024;

/// Fields of one log line. Further ones are dropped.
pub(super) const MAX_LOG_FIELDS: usize = 32;

/// Messages one call may post, ephemeral ones included. Above this, `create` returns `invalid`.
pub const MAX_POSTS: usize = 50;

/// Bytes of the messages one call may post or edit, attachments and props included. Above this, `create`,
/// `create-ephemeral` and `update` return `invalid`.
pub const MAX_POSTED: usize = 128 * 1024;

/// Edits, deletions and reactions of one call. Above this, `update`, `delete`, `react` and `unreact` return `invalid`.
pub(super) const MAX_POST_CHANGES: usize = 100;

/// Entries of one list (keys, members); a guest that requests more gets this many.
pub const MAX_LIST: u32 = 200;

/// Bytes of a stored value's key. Above this, `put` returns `other`.
pub(super) const MAX_KEY: usize = 512;

/// Bytes of a stored value. Above this, `put` returns `other`.
pub(super) const MAX_VALUE: usize = 1024 * 1024;

/// Keys one call may read. Above this, `get` returns `other`.
pub(super) const MAX_READ_KEYS: usize = 10_000;

/// Changed keys of one call. Above this, `put` and `delete` return `other`.
pub(super) const MAX_CHANGED_KEYS: usize = 1000;

/// Bytes of changed values one call may buffer until it ends. They count as its memory. Above this, `put` returns
/// `other`.
pub(super) const MAX_CHANGED_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of one idempotency key. Above this, `create` returns `invalid`.
pub(super) const MAX_IDEMPOTENCY_KEY: usize = 200;

/// Bytes of a panic's message or place, and of a refusal's text. Longer ones are cut.
pub(super) const MAX_REPORT: usize = 4096;

/// Wasm frames in a fault's report.
pub(super) const MAX_FRAMES: usize = 32;

/// Bytes of one frame's name. Longer ones are cut.
pub(super) const MAX_FRAME: usize = 500;

/// Bytes a guest may pass in one host call, or as its output. Above this, the call fails with `BadOutput`.
pub(super) const HOSTCALL_BYTES: usize = 8 * 1024 * 1024;

/// Handles (secrets, later streams) alive in one call. Above this, the guest traps.
pub(super) const MAX_HANDLES: usize = 256;

/// Elements of one table. Growing past it fails as the instruction defines it.
pub(super) const MAX_TABLE_ELEMENTS: usize = 20_000;

/// Core instances, memories and tables of one component. A component with more does not load.
pub(super) const MAX_CORE_INSTANCES: u32 = 20;
pub(super) const MAX_MEMORIES: u32 = 2;
pub(super) const MAX_TABLES: u32 = 20;

/// The tick that interrupts guests: the longest a guest computes before other tasks get their turn.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// The operator's limits, section `[plugins]` of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeLimits {
    /// Memory of one call, in bytes. Above this, the guest gets no more, and its failure is reported as `Memory`.
    pub memory: usize,
    /// Stored values of one plugin, keys included, in bytes. Above this, `put` returns `quota`.
    pub values: u64,
    /// Calls of one plugin that run at once. Further calls fail with `Busy`.
    pub calls_per_plugin: usize,
    /// Calls of all plugins that run at once. Further calls wait, and fail with `Busy` at their deadline.
    pub calls: usize,
    pub compile: CompileLimits,
}

/// Where and within what limits components are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileLimits {
    /// Whether a separate process compiles. Otherwise a thread does, which ends only with its work: after the time
    /// limit nothing waits for it, but until it ends no other component is compiled.
    pub in_process: bool,
    /// How long compiling one component may take. After that the package does not load.
    pub time: Duration,
    /// Resident memory of the compiling process, in bytes. Above this, it is killed, and the package does not load.
    pub memory: u64,
}

/// The limits a plugin sets itself. They can only narrow the server's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallLimits {
    pub memory: Option<usize>,
    /// How long a call may take, by the trigger's record in the manifest, such as `command`.
    pub time: BTreeMap<&'static str, Duration>,
}
