//! The local disk: files and directories that only the server's own account may read, and free space.
//!
//! [`restrict_process`] makes everything private that the process creates later, such as uploads. What holds secrets is
//! created privately anyway, and what an earlier version left readable is tightened at the start.

use std::error::Error;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::sys::stat::{Mode, umask};
use nix::sys::statvfs::statvfs;
use nix::unistd::geteuid;

/// The mode's bits for other accounts than the owner.
const OTHERS: u32 = 0o077;

/// The mode's bits for the owner, and those that are not about reading.
const OWNERS: u32 = 0o7700;

/// What an empty directory may contain: the file system's own entries.
const OF_THE_SYSTEM: [&str; 1] = ["lost+found"];

/// Makes files and directories private that this process and its children create from now on.
pub fn restrict_process() {
    umask(Mode::from_bits_truncate(0o077));
}

/// Creates a directory, with missing parents, unless it exists.
pub fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Creates a directory, or takes an existing one and closes it to other accounts.
///
/// An existing directory that other accounts may enter must be empty or contain one of `marks`, the names of files that
/// this server puts there: a directory such as `/tmp` is refused, because closing it would harm others.
pub fn claim_directory(path: &Path, marks: &[&str]) -> io::Result<()> {
    create_directory(path)?;
    let is_shared = std::fs::metadata(path)?.permissions().mode() & OTHERS != 0;
    if is_shared && !is_empty(path)? && !marks.iter().any(|mark| path.join(mark).exists()) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "other accounts may read it, and it holds files that are not this server's; name a directory of its own, \
             or close it with `chmod 700`",
        ));
    }
    tighten(path)?;
    let owner = std::fs::metadata(path)?.uid();
    if !is_trusted(owner) {
        tracing::warn!(path = %path.display(), owner, "the directory belongs to another account, which can read it");
    }
    Ok(())
}

/// Creates a file. Fails if it exists.
pub fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a file for writing, and creates it if it is missing.
pub fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Takes the access to a file or directory from other accounts. Returns whether they had any; fails if the path is
/// another account's.
pub fn tighten(path: &Path) -> io::Result<bool> {
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & OTHERS == 0 {
        return Ok(false);
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode & OWNERS))?;
    Ok(true)
}

/// Returns the id of the account that owns a file, unless it is this process's, root's, or the owner of the directory:
/// an administrator may run a tool as root on another account's data.
pub fn foreign_owner(path: &Path) -> io::Result<Option<u32>> {
    let owner = std::fs::metadata(path)?.uid();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_known = is_trusted(owner) || owner == std::fs::metadata(directory)?.uid();
    Ok(Some(owner).filter(|_| !is_known))
}

/// Whether an account is this process's, or root's, which may read everything anyway.
fn is_trusted(owner: u32) -> bool {
    owner == 0 || owner == geteuid().as_raw()
}

/// Returns the free bytes of the file system that a path is on, as far as this account may use them.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = statvfs(path)?;
    Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

/// Whether an error is, or was caused by, a full disk or an exhausted quota.
pub fn is_full(error: &(dyn Error + 'static)) -> bool {
    let Some(io) = error.downcast_ref::<io::Error>() else { return error.source().is_some_and(is_full) };
    matches!(io.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        || io.get_ref().is_some_and(|inner| is_full(inner))
}

fn is_empty(directory: &Path) -> io::Result<bool> {
    for entry in std::fs::read_dir(directory)? {
        if !OF_THE_SYSTEM.iter().any(|name| entry.as_ref().is_ok_and(|entry| entry.file_name() == *name)) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn open_directory(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("data");
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn a_claimed_directory_is_private_whether_it_existed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("a/b");
        claim_directory(&new, &[]).unwrap();
        assert_eq!((mode(&new), mode(&folder.path().join("a"))), (0o700, 0o700));
        let existing = open_directory(&folder);
        std::fs::create_dir(existing.join("lost+found")).unwrap();
        claim_directory(&existing, &[]).unwrap();
        assert_eq!(mode(&existing), 0o700);
    }

    #[test]
    fn a_shared_directory_with_files_of_others_is_refused_and_stays_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = open_directory(&folder);
        std::fs::write(path.join("notes.txt"), "").unwrap();
        let error = claim_directory(&path, &["seal.key"]).unwrap_err();
        assert_eq!((error.kind(), mode(&path)), (io::ErrorKind::PermissionDenied, 0o755));
        std::fs::write(path.join("seal.key"), "").unwrap();
        claim_directory(&path, &["seal.key"]).unwrap();
        assert_eq!(mode(&path), 0o700);
    }

    #[test]
    fn a_full_disk_is_recognised_as_the_cause() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        assert!(is_full(&full()) && is_full(&io::Error::other(full())));
        assert!(is_full(&io::Error::other(io::Error::other(full()))));
        assert!(!is_full(&io::Error::other("full")));
    }

    #[test]
    fn a_tightened_file_keeps_its_owners_rights() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        drop(create_file(&path).unwrap());
        assert_eq!((mode(&path), tighten(&path).unwrap()), (0o600, false));
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!((tighten(&path).unwrap(), mode(&path)), (true, 0o600));
        assert_eq!(foreign_owner(&path).unwrap(), None);
    }
}
