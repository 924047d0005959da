//! The binary: arguments in, exit code out.

use std::process::ExitCode;
use std::time::Duration;

/// Database connections allocate rows on their own threads, and other threads free them. The system's allocator takes
/// a lock for each of those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long work on blocking threads, such as hashing a password, may still take after everything else has ended. After
/// that the process exits without it.
const LAST_WORK: Duration = Duration::from_secs(1);

fn main() -> std::io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(jackfield::cli::run());
    runtime.shutdown_timeout(LAST_WORK);
    Ok(done)
}
