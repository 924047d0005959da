//! The limit of open files of this process, which bounds its connections.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The limit that the server raises itself to, at most. Each open file costs memory, and no server of this kind needs
/// more.
const MOST: u64 = 65_536;

/// Open files that connections leave to the database, uploads, logs and plugins.
const RESERVE: usize = 256;

/// Raises the limit of open files as far as the system permits, up to [`MOST`].
pub fn raise() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        let wanted = hard.min(MOST);
        if soft < wanted { setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) } else { Ok(()) }
    });
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files stays as it is; set it where the server is started");
    }
}

/// Returns how many connections the limit of open files leaves room for, besides [`RESERVE`] other files. If the limit
/// is very low, half of it.
pub fn connections() -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(MOST, |(soft, _)| soft.min(MOST));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    limit.saturating_sub(RESERVE).max(limit / 2)
}
