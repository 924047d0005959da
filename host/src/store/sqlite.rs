//! The code that trades clarity for speed on SQLite. Each file names the bench that shows the gain. PostgreSQL uses the
//! same batches and loaders, and has its own writers (see [`postgres`](super::postgres)).

mod batch;
mod batch_loader;
mod readers;
mod rows;
mod writer;

pub(super) use batch::{Batch, Expect, lock_rows, over_rows, push, push_rows};
pub(super) use batch_loader::BatchLoader;
pub(super) use readers::Readers;
pub(super) use rows::Rows;
pub use writer::MAX_BATCH;
pub(super) use writer::Writer;
