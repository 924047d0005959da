//! Compiled code on disk. Compiling takes seconds, loading compiled code takes microseconds.
//!
//! Compiled code is run without a check, so a file is used only if this server wrote it: the directory belongs to the
//! server alone (mode 0700), files are written whole and renamed into place (mode 0600), and a file whose checksum or
//! engine does not match is compiled again.

use std::io::Write;
use std::path::{Path, PathBuf};

use wasmtime::component::Component;

use super::engine::Engine;
use super::fault::RuntimeError;
use crate::secret::{random_id, sha256_hex};

/// Bytes of the checksum before the code: SHA-256 in hex.
const CHECKSUM: usize = 64;

/// How many files are kept. Above this, the oldest are removed, and their plugins are compiled again at the next load.
const MAX_FILES: usize = 200;

pub(super) struct Cache {
    directory: PathBuf,
    compatibility: String,
}

impl Cache {
    pub(super) fn open(directory: PathBuf, engine: &Engine) -> Result<Self, RuntimeError> {
        let failed = |source| RuntimeError::CacheDirectory { path: directory.display().to_string(), source };
        create_private(&directory).map_err(failed)?;
        if !is_private(&directory).map_err(failed)? {
            return Err(RuntimeError::CacheShared { path: directory.display().to_string() });
        }
        Ok(Self { directory, compatibility: engine.compatibility() })
    }

    /// Returns the component compiled earlier from the package with this digest, if it is present and intact.
    pub(super) fn read(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let file = std::fs::read(self.path(digest)).ok()?;
        let (checksum, code) = file.split_at_checked(CHECKSUM)?;
        if sha256_hex(code).as_bytes() != checksum {
            tracing::warn!(digest, "compiled plugin is damaged, compiling it again");
            return None;
        }
        deserialize(engine, code)
            .inspect_err(
                |error| tracing::warn!(digest, %error, "compiled plugin does not fit, compiling it again"),
            )
            .ok()
    }

    /// Stores compiled code. If the disk is full, only the next start is slower.
    pub(super) fn write(&self, digest: &str, component: &Component) {
        let written = component
            .serialize()
            .map_err(std::io::Error::other)
            .and_then(|code| write_whole(&self.directory, &self.path(digest), &code));
        if let Err(error) = written {
            tracing::warn!(digest, %error, "compiled plugin cannot be kept");
        }
        self.prune(MAX_FILES)
            .unwrap_or_else(|error| tracing::warn!(%error, "old compiled plugins cannot be removed"));
    }

    /// Removes the oldest files past `most`.
    fn prune(&self, most: usize) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "bin" || extension == "part") {
                files.push((path.metadata()?.modified()?, path));
            }
        }
        files.sort_unstable();
        files.iter().rev().skip(most).try_for_each(|(_, path)| std::fs::remove_file(path))
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.directory.join(format!("{digest}-{}.bin", self.compatibility))
    }
}

#[expect(
    unsafe_code,
    reason = "wasmtime runs these bytes as machine code and cannot check them; only files this \
    server wrote into its private directory, with a matching checksum, come here"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: see the reason above; version and settings of the engine are checked by `deserialize` itself.
    unsafe { Component::deserialize(&engine.wasmtime, code) }
}

fn write_whole(directory: &Path, path: &Path, code: &[u8]) -> std::io::Result<()> {
    let partial = directory.join(format!("{}.part", random_id()));
    let written = create_file(&partial).and_then(|mut file| {
        file.write_all(sha256_hex(code).as_bytes())?;
        file.write_all(code)?;
        file.sync_all()
    });
    let kept = written.and_then(|()| std::fs::rename(&partial, path));
    if kept.is_err() {
        drop(std::fs::remove_file(&partial));
    }
    kept
}

#[cfg(unix)]
fn create_private(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

#[cfg(unix)]
fn is_private(directory: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(directory)?.permissions().mode() & 0o777 == 0o700)
}

#[cfg(unix)]
fn create_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

// On other systems the operator sets the directory's access list.
#[cfg(not(unix))]
fn create_private(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)
}

#[cfg(not(unix))]
fn is_private(directory: &Path) -> std::io::Result<bool> {
    std::fs::metadata(directory).map(|data| data.is_dir())
}

#[cfg(not(unix))]
fn create_file(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_files_are_removed_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { directory: folder.path().to_owned(), compatibility: "0".to_owned() };
        let start = std::time::UNIX_EPOCH;
        for (second, name) in ["old.bin", "left.part", "new.bin", "notes.txt"].into_iter().enumerate() {
            let file = create_file(&folder.path().join(name)).unwrap();
            file.set_modified(start + std::time::Duration::from_secs(u64::try_from(second).unwrap()))
                .unwrap();
        }
        cache.prune(1).unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.map(|name| name.into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["new.bin", "notes.txt"]);
    }
}
