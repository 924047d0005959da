//! The code that trades clarity for speed on PostgreSQL.

mod writers;

pub(super) use writers::Writers;
