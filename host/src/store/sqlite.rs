//! The code that trades clarity for speed on SQLite. Each file names the bench that shows the gain. PostgreSQL, which
//! groups commits and pools connections itself, uses the same batches and loaders.

mod batch;
mod batch_loader;
mod generation;
mod readers;
mod rows;
mod writer;

pub(super) use batch::{Batch, Expect, over_rows, push, push_rows};
pub(super) use batch_loader::{BatchLoader, Load};
pub(super) use generation::Generation;
pub(super) use readers::Readers;
pub(super) use rows::Rows;
pub use writer::MAX_BATCH;
pub(super) use writer::Writer;
