//! The binary: arguments in, exit code out.

use std::process::ExitCode;

/// Rows are allocated by the threads of database connections and freed by others; the system's allocator takes a lock
/// for each of those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    jackfield::cli::run().await
}
