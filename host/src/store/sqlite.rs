//! What makes one file as fast as it can be: everything here trades clarity for speed, and each file names the bench
//! that shows it. PostgreSQL, which groups commits and pools connections itself, uses the same batches and loaders.

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
