//! Which directories and files of compiled code are used.

use super::*;

fn cache(directory: &Path, key: &str) -> CodeCache {
    let (directory, compatibility) = (directory.to_owned(), "0".to_owned());
    CodeCache { directory, key: Secret::new(key), compatibility }
}

#[test]
fn the_oldest_files_are_removed_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let start = std::time::UNIX_EPOCH;
    for (second, name) in ["old.bin", "left.part", "new.bin", "notes.txt"].into_iter().enumerate() {
        let file = create_file(&folder.path().join(name)).unwrap();
        file.set_modified(start + std::time::Duration::from_secs(u64::try_from(second).unwrap())).unwrap();
    }
    cache(folder.path(), "key").prune(1).unwrap();
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut left: Vec<_> = left.map(|name| name.into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["new.bin", "notes.txt"]);
}

#[test]
fn a_tag_depends_on_the_servers_key_the_package_and_the_code() {
    let folder = tempfile::tempdir().unwrap();
    let tag = |key, digest, code: &[u8]| cache(folder.path(), key).tag(digest, code);
    assert_eq!(tag("key", "a", b"code"), tag("key", "a", b"code"));
    for other in [tag("other", "a", b"code"), tag("key", "b", b"code"), tag("key", "a", b"codf")] {
        assert_ne!(tag("key", "a", b"code"), other);
    }
}

#[cfg(unix)]
#[test]
fn only_a_directory_of_the_servers_own_account_is_private() {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (directory, link) = (folder.path().join("compiled"), folder.path().join("link"));
    create_private(&directory).unwrap();
    assert!(is_private(&directory).unwrap());
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0, "no probe is left");
    symlink(&directory, &link).unwrap();
    assert!(!is_private(&link).unwrap());
    // Only root may give a directory away, and only root could use one of another account.
    if chown(&directory, Some(12345), None).is_ok() {
        assert!(!is_private(&directory).unwrap());
        chown(&directory, Some(0), None).unwrap();
    }
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o750)).unwrap();
    assert!(!is_private(&directory).unwrap());
}
