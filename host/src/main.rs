//! The binary: arguments in, exit code out.

use std::process::ExitCode;

/// Database connections allocate rows on their own threads, and other threads free them. The system's allocator takes
/// a lock for each of those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    jackfield::cli::run().await
}
