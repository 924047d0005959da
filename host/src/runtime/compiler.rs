//! Compiles components within a limit of time and memory, one at a time. A hostile package of 200 KB can occupy the
//! compiler for many minutes, and a thread that compiles cannot be stopped. So the server compiles in a process of its
//! own binary, which is killed at the limit; the code comes back over a pipe.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{interval, timeout};

use super::engine;
use super::fault::{LoadError, cut};
use super::limits::{CompileLimits, MAX_REPORT};

/// Bytes of one component's compiled code, about four times its WebAssembly. Above this, the package does not load.
const MAX_CODE: u64 = 128 * 1024 * 1024;

/// How often the compiling process's memory is read. What it takes in between is not noticed.
const LOOK: Duration = Duration::from_millis(50);

/// The subcommand with which the binary compiles standard input to standard output. It takes the component's size, and
/// ends when its standard input does, so that it does not outlive a server that crashed.
const SUBCOMMAND: [&str; 2] = ["plugin", "compile"];

pub(super) struct Compiler {
    limits: CompileLimits,
    /// One permit, so that a second compile does not take another core and as much memory again.
    turn: Arc<Semaphore>,
}

/// Compiles a component to code that an engine of this binary loads. This takes seconds for large components. The error
/// is a sentence.
pub fn compile(component: &[u8]) -> Result<Vec<u8>, String> {
    let compiling = || engine::for_compiling()?.precompile_component(component);
    compiling().map_err(|error| format!("{error:#}"))
}

impl Compiler {
    pub(super) fn new(limits: CompileLimits) -> Self {
        Self { limits, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Returns the compiled code. It waits for its turn no longer than compiling may take.
    pub(super) async fn code(&self, component: Vec<u8>) -> Result<Vec<u8>, LoadError> {
        let time = self.limits.time;
        let turn = timeout(time, self.turn.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(LoadError::CompilerBusy) };
        let too_slow = |_| LoadError::CompileTime { limit_ms: time.as_millis() };
        if self.limits.in_process {
            return timeout(time, self.in_process(&component)).await.map_err(too_slow)?;
        }
        let (send, code) = oneshot::channel();
        let work = move || {
            // Nothing receives the code after the time limit.
            drop(send.send(compile(&component).map_err(LoadError::Compile)));
            drop(turn);
        };
        let thread = std::thread::Builder::new().name("plugin-compiler".to_owned());
        thread.spawn(work).map_err(LoadError::Compiler)?;
        timeout(time, code).await.map_err(too_slow)?.map_err(|_| LoadError::Interrupted)?
    }

    async fn in_process(&self, component: &[u8]) -> Result<Vec<u8>, LoadError> {
        let mut child = Command::new(own_binary().map_err(LoadError::Compiler)?)
            .args(SUBCOMMAND)
            .arg(component.len().to_string())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // The process ends with this future: at the time limit, and when the server stops.
            .kill_on_drop(true)
            .spawn()
            .map_err(LoadError::Compiler)?;
        let process = child.id();
        tokio::select! {
            code = converse(&mut child, component) => code,
            () = exceeds(process, self.limits.memory) => {
                Err(LoadError::CompileMemory { limit_bytes: self.limits.memory })
            }
        }
    }
}

/// Sends the component to the process and returns its code, or its own words about what is wrong.
async fn converse(child: &mut Child, component: &[u8]) -> Result<Vec<u8>, LoadError> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        let mut stdin = stdin?;
        // A process that ends early says why on standard error.
        drop(stdin.write_all(component).await);
        Some(stdin)
    };
    let most = u64::try_from(MAX_REPORT).unwrap_or(u64::MAX);
    let (_stdin, code, words) = tokio::join!(feed, read(stdout, MAX_CODE + 1), read(stderr, most));
    let (code, words) = (code.map_err(LoadError::Compiler)?, words.map_err(LoadError::Compiler)?);
    if u64::try_from(code.len()).is_ok_and(|size| size > MAX_CODE) {
        return Err(LoadError::Compile(format!("its code is larger than {MAX_CODE} bytes")));
    }
    let status = child.wait().await.map_err(LoadError::Compiler)?;
    if status.success() {
        return Ok(code);
    }
    let words = String::from_utf8_lossy(&words);
    let words = cut(words.trim().trim_start_matches("jackfield: "), MAX_REPORT);
    Err(LoadError::Compile(if words.is_empty() {
        format!("the compiler ended with {status}")
    } else {
        words
    }))
}

async fn read(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(most).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Resolves once the process has more resident memory than this. On systems without `/proc` it never does.
async fn exceeds(process: Option<u32>, most: u64) {
    let path = process.map(|id| PathBuf::from(format!("/proc/{id}/status")));
    let mut looks = interval(LOOK);
    loop {
        looks.tick().await;
        let status = path.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        if kib.unwrap_or(0).saturating_mul(1024) > most {
            return;
        }
    }
}

/// On Linux this is the running binary itself, even if another version has replaced its file.
fn own_binary() -> std::io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { std::env::current_exe() }
}
