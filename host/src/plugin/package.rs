//! A plugin's file: a component that carries its own manifest. Reading it decides whether this server can run it,
//! before anything is compiled; every refusal says what to do.

use std::collections::BTreeSet;

use wasmparser::{Encoding, Parser, Payload};

use super::manifest::{Manifest, ManifestError};
use crate::runtime::TRIGGERS;
use crate::secret::sha256_hex;

mod build;
mod complexity;
pub(super) mod contract;

pub use build::componentize;

/// The largest package, in bytes. Above this, the upload is refused.
pub const MAX_PACKAGE: usize = 32 * 1024 * 1024;

/// The custom section that holds the manifest.
pub const MANIFEST_SECTION: &str = "jackfield:manifest";

/// How deeply components and modules may be nested. A deeper file is refused.
const MAX_NESTING: usize = 16;

/// A component that this server can run, with its manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    pub manifest: Manifest,
    /// Imported functions, such as `kv.get`.
    pub imports: BTreeSet<String>,
    /// Exported triggers, such as `command`.
    pub exports: BTreeSet<String>,
    /// SHA-256 of the file, lower-case hex.
    pub digest: String,
    /// Bytes of the file.
    pub size: usize,
}

/// Why this server cannot use a file as a plugin.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("the package has {0} bytes; at most {MAX_PACKAGE} are allowed")]
    TooLarge(usize),
    #[error("this is not a WebAssembly file; upload what `jackfield plugin build` prints")]
    NotWasm,
    #[error(
        "this is a core module, not a component; run `jackfield plugin build` in the plugin's folder and install what it prints"
    )]
    CoreModule,
    #[error("this is a component already; install it without building it")]
    AlreadyComponent,
    #[error("the file is broken, or uses WebAssembly features that this server does not run: {0}")]
    Invalid(String),
    #[error("the file would take too long to compile: {0}")]
    TooComplex(String),
    #[error(
        "the file carries no manifest (custom section `{MANIFEST_SECTION}`); build it with the Jackfield SDK"
    )]
    NoManifest,
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error("the core module cannot become a component: {0}")]
    Build(String),
    #[error(
        "the file imports `{import}`, but this server offers nothing of `wasi:`; build for the target `wasm32-unknown-unknown`"
    )]
    Wasi { import: String },
    #[error(
        "the file imports `{import}`, which is not part of the plugin contract; build it with the Jackfield SDK"
    )]
    Foreign { import: String },
    #[error("the file imports jackfield:plugin/{function}@{needs}; this server has {has}")]
    Newer { function: String, needs: String, has: String },
    #[error("the file exports {trigger}, which this server does not call yet; remove the export")]
    Trigger { trigger: String },
    #[error(
        "the manifest declares a {record}, but the file does not export `{export}`; build it with the Jackfield SDK"
    )]
    NotExported { record: &'static str, export: &'static str },
    #[error(
        "the file exports `{export}`, but the manifest declares no {record}; build it with the Jackfield SDK"
    )]
    NotDeclared { record: &'static str, export: &'static str },
}

// === impl Package ===

impl Package {
    /// Reads and checks a package. This is slow for large files, so run it off the async executor.
    pub fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        match encoding(bytes)? {
            Encoding::Module => return Err(PackageError::CoreModule),
            Encoding::Component => {}
        }
        let surface = contract::Surface::read(bytes)?;
        complexity::check(bytes)?;
        let manifest = Manifest::parse(&manifest_section(bytes)?)?;
        let package = Self {
            manifest,
            imports: surface.functions()?,
            exports: surface.triggers()?,
            digest: sha256_hex(bytes),
            size: bytes.len(),
        };
        package.check_triggers()?;
        Ok(package)
    }

    /// Checks that every declared trigger has its export, and the reverse.
    fn check_triggers(&self) -> Result<(), PackageError> {
        for trigger in TRIGGERS {
            let (record, export) = (trigger.record, trigger.interface);
            match (self.manifest.declares(record), self.exports.contains(export)) {
                (true, false) => return Err(PackageError::NotExported { record, export }),
                (false, true) => return Err(PackageError::NotDeclared { record, export }),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads the kind of WebAssembly file from its first eight bytes.
fn encoding(bytes: &[u8]) -> Result<Encoding, PackageError> {
    if bytes.len() > MAX_PACKAGE {
        return Err(PackageError::TooLarge(bytes.len()));
    }
    match Parser::new(0).parse_all(bytes).next() {
        Some(Ok(Payload::Version { encoding, .. })) => Ok(encoding),
        _ => Err(PackageError::NotWasm),
    }
}

/// Returns the outermost manifest section. For components made by other tools it falls back to the core module's own.
fn manifest_section(bytes: &[u8]) -> Result<Vec<u8>, PackageError> {
    let mut depth = 0_usize;
    let mut outer: Option<Vec<u8>> = None;
    let mut inner: Option<Vec<u8>> = None;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| PackageError::Invalid(error.to_string()))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                let found = if depth == 0 { &mut outer } else { &mut inner };
                found.get_or_insert_default().extend_from_slice(section.data());
            }
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(PackageError::Invalid(format!(
                "more than {MAX_NESTING} components inside each other"
            )));
        }
    }
    outer.or(inner).ok_or(PackageError::NoManifest)
}

#[cfg(test)]
mod tests;
