//! Why a call, a load or the runtime itself failed. Faults of a guest and of the host are kept apart.

use wasmtime::{Trap, WasmBacktrace};

use super::limits::{MAX_FRAME, MAX_FRAMES, MAX_REPORT};
use super::meter::{Meter, Shortage};
use crate::store::StoreError;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a call failed. Its effects are dropped.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The guest returned a failure.
    #[error("the plugin refused: {text}")]
    Refused { kind: RefusalKind, text: String },
    /// The guest crashed. Innermost frame first.
    #[error("the plugin crashed: {}", panic.as_deref().unwrap_or(cause))]
    Trap {
        /// The panic's message and location, if the guest reported one.
        panic: Option<String>,
        /// The WebAssembly trap, such as an unreachable instruction.
        cause: String,
        frames: Vec<String>,
    },
    #[error("the plugin did not answer within {limit_ms} ms; try again, or raise its limit in the manifest")]
    Deadline { limit_ms: u64 },
    #[error(
        "the plugin needs more than its {limit_bytes} bytes of memory; send it less, or raise `memory_mib` in its manifest"
    )]
    Memory { limit_bytes: usize },
    /// The guest returned something that this server cannot use.
    #[error("the plugin returned an output that this server cannot use: {0}")]
    BadOutput(String),
    /// Too many calls run at once, or they use all memory that the server has for plugins.
    #[error("too many calls of plugins run at once; try again in a moment")]
    Busy,
    /// The host is at fault, not the guest.
    #[error("the server failed during the plugin's call; see the server log")]
    Host(#[source] HostFault),
}

/// What went wrong on the host's side of the sandbox.
#[derive(Debug, thiserror::Error)]
pub enum HostFault {
    #[error(transparent)]
    Store(StoreError),
    #[error("the plugin's sandbox could not be set up or left; see the server log")]
    Sandbox(#[source] Cause),
}

/// What kind of failure a guest returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The text is shown unchanged to the user who made the call.
    User,
    /// The call may be retried.
    Retryable,
    /// The text is for the plugin's author.
    Fatal,
}

/// Why a package cannot be made callable.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the component cannot be compiled: {0}")]
    Compile(String),
    #[error(
        "the component does not compile within {limit_ms} ms; make it smaller, or raise `plugins.compile_ms`"
    )]
    CompileTime { limit_ms: u128 },
    #[error(
        "the component does not compile within {limit_bytes} bytes of memory; make it smaller, or raise `plugins.compile_memory`"
    )]
    CompileMemory { limit_bytes: u64 },
    #[error("other plugins are being compiled; try again in a minute")]
    CompilerBusy,
    /// The host is at fault.
    #[error("the compiler of plugins could not be started; see the server log")]
    Compiler(#[source] std::io::Error),
    /// An import's type differs from the contract's.
    #[error("the component does not fit this server's contract: {0}")]
    Contract(String),
    /// The export of a declared trigger has the wrong type.
    #[error("the export `{trigger}` does not fit this server's contract: {reason}")]
    Trigger { trigger: &'static str, reason: String },
    #[error("the server stopped while the plugin was compiled; enable it again")]
    Interrupted,
}

/// Why plugins cannot be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    #[error("the engine of plugins does not start on this machine")]
    Engine(#[source] Cause),
    #[error("the thread that ends slow plugins does not start; raise the limit of threads")]
    Ticker(#[source] std::io::Error),
    #[error("`plugins.calls` is {0}; set it to 1 to 10000")]
    Calls(usize),
    #[error("cannot use {path} for compiled plugins; make it writable, or remove it")]
    CacheDirectory { path: String, source: std::io::Error },
    #[error(
        "{path} holds compiled plugins, but another account may write there; give it to the server's account, with mode 700"
    )]
    CacheShared { path: String },
}

/// Interrupts a guest whose time is up.
#[derive(Debug, thiserror::Error)]
#[error("the call is out of time")]
pub(super) struct OutOfTime;

/// What is known about a failed call besides its error.
pub(super) struct Circumstances<'a> {
    pub(super) panic: Option<String>,
    pub(super) meter: &'a Meter,
    pub(super) limit_ms: u64,
    /// Whether the guest had started; before that, an error is the host's.
    pub(super) began: bool,
}

impl Fault {
    pub(super) fn of(error: wasmtime::Error, circumstances: Circumstances<'_>) -> Self {
        let Circumstances { panic, meter, limit_ms, began } = circumstances;
        if error.is::<OutOfTime>() {
            return Self::Deadline { limit_ms };
        }
        let error = match error.downcast::<StoreError>() {
            Ok(store) => return Self::Host(HostFault::Store(store)),
            Err(error) => error,
        };
        // A guest whose memory ran out panics or traps; either way the shortage is the cause.
        match meter.shortage {
            Some(Shortage::Server) => return Self::Busy,
            Some(Shortage::Call) if panic.is_none() => return Self::Memory { limit_bytes: meter.limit },
            _ => {}
        }
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return Self::Trap { panic, cause: trap.to_string(), frames: frames(&error) };
        }
        if !began {
            return Self::Host(HostFault::Sandbox(error.into()));
        }
        // This is neither a trap nor the host's error: the values violate the contract, or there are too many of them.
        Self::BadOutput(cut(&error.root_cause().to_string(), MAX_REPORT))
    }
}

/// The guest's frames, innermost first, with demangled names.
fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    // Only its `Display` demangles. It prints a title, then one line per frame, `  0:  0x1f3 - module!function`.
    let text = backtrace.to_string();
    let named = text.lines().skip(1).filter_map(|line| line.split_once(" - ")).map(|(_, name)| name);
    named.take(MAX_FRAMES).map(|name| cut(&without_hashes(name), MAX_FRAME)).collect()
}

/// A demangled name without the crates' disambiguators, `[0123456789abcdef]`.
fn without_hashes(name: &str) -> String {
    let mut pieces = name.split('[');
    let mut readable = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(']') {
            Some((hash, rest)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
                readable.push_str(rest);
            }
            _ => {
                readable.push('[');
                readable.push_str(piece);
            }
        }
    }
    readable
}

/// Cuts a text to at most `most` bytes at a character boundary and marks the cut. It copies, because a truncated text
/// would keep the memory of the whole, which no limit of the call counts.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_frames_are_readable() {
        assert_eq!(without_hashes("std[a543996e6e7dbf1e]::process::abort"), "std::process::abort");
        assert_eq!(without_hashes("a::<[u8]>::b[1]"), "a::<[u8]>::b[1]");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("aüb", 2), "a…");
    }

    #[test]
    fn a_cut_text_holds_no_memory_of_the_rest() {
        let mut roomy = String::with_capacity(1 << 20);
        roomy.push_str("abc");
        for kept in [cut(&"x".repeat(1 << 20), 100), cut(&roomy, 100)] {
            assert!(kept.capacity() < 1000, "{} bytes are held", kept.capacity());
        }
    }
}
