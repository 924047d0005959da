//! Compiled code on disk. Compiling takes seconds, loading compiled code takes microseconds.
//!
//! Compiled code is run without a check, so a file is used only if this server wrote it for this package: its tag is an
//! HMAC over the package's digest and the code, with a key that is derived from the server's own. The directory belongs
//! to the server's account alone (mode 0700) and is not a link, and files are written whole and renamed into place
//! (mode 0600). A file that does not match is compiled again.

use std::io::Write;
use std::path::{Path, PathBuf};

use wasmtime::component::Component;

use super::engine::Engine;
use super::fault::RuntimeError;
use crate::secret::{Secret, hmac_sha256_hex_of, random_id, same};

/// Bytes of the tag before the code: HMAC-SHA256 in hex.
const TAG: usize = 64;

/// How many files are kept. Above this, the oldest are removed, and their plugins are compiled again at the next load.
const MAX_FILES: usize = 200;

/// Where compiled code is kept, and the key of this server that authenticates it.
#[derive(Debug, Clone)]
pub struct CompiledCode {
    pub directory: PathBuf,
    pub key: Secret,
}

pub(super) struct CodeCache {
    directory: PathBuf,
    key: Secret,
    compatibility: String,
}

impl CodeCache {
    pub(super) fn open(place: CompiledCode, engine: &Engine) -> Result<Self, RuntimeError> {
        let CompiledCode { directory, key } = place;
        let failed = |source| RuntimeError::CacheDirectory { path: directory.display().to_string(), source };
        create_private(&directory).map_err(failed)?;
        if !is_private(&directory).map_err(failed)? {
            return Err(RuntimeError::CacheShared { path: directory.display().to_string() });
        }
        Ok(Self { directory, key, compatibility: engine.compatibility() })
    }

    /// Returns the component compiled earlier from the package with this digest, if it is present and intact.
    pub(super) fn read(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest);
        if !std::fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let file = std::fs::read(path).ok()?;
        let (tag, code) = file.split_at_checked(TAG)?;
        if !same(&self.tag(digest, code), &String::from_utf8_lossy(tag)) {
            tracing::warn!(digest, "compiled plugin is damaged or not from this server, compiling it again");
            return None;
        }
        deserialize(engine, code)
            .inspect_err(
                |error| tracing::warn!(digest, %error, "compiled plugin does not fit, compiling it again"),
            )
            .ok()
    }

    /// Stores compiled code. If the disk is full, only the next start is slower.
    pub(super) fn write(&self, digest: &str, code: &[u8]) {
        let tag = self.tag(digest, code);
        if let Err(error) = write_whole(&self.directory, &self.path(digest), &[tag.as_bytes(), code]) {
            tracing::warn!(digest, %error, "compiled plugin cannot be kept");
        }
        self.prune(MAX_FILES)
            .unwrap_or_else(|error| tracing::warn!(%error, "old compiled plugins cannot be removed"));
    }

    /// The digest is part of it, so that one package's code cannot take another's place.
    fn tag(&self, digest: &str, code: &[u8]) -> String {
        let name = format!("{digest} {}\n", self.compatibility);
        hmac_sha256_hex_of(self.key.reveal().as_bytes(), &[name.as_bytes(), code])
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

/// Loads code that this server compiled.
#[expect(
    unsafe_code,
    reason = "wasmtime runs these bytes as machine code and cannot check them; only what this server's compiler just \
    returned, or what its cache proved to be its own, comes here"
)]
pub(super) fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: see the reason above; version and settings of the engine are checked by `deserialize` itself.
    unsafe { Component::deserialize(&engine.wasmtime, code) }
}

fn write_whole(directory: &Path, path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let partial = directory.join(format!("{}.part", random_id()));
    let written = create_file(&partial).and_then(|mut file| {
        parts.iter().try_for_each(|part| file.write_all(part))?;
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

/// Whether this is a directory, not a link to one, of the server's own account that no other account may enter.
#[cfg(unix)]
fn is_private(directory: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let data = std::fs::symlink_metadata(directory)?;
    if !data.is_dir() || data.permissions().mode() & 0o777 != 0o700 {
        return Ok(false);
    }
    // A new file belongs to the account that the server runs as.
    let probe = directory.join(format!("{}.part", random_id()));
    let own = create_file(&probe)?.metadata()?.uid();
    std::fs::remove_file(&probe)?;
    Ok(data.uid() == own)
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
mod tests;
