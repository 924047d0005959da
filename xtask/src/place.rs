//! Where things are: the repository and cargo's target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// The folders every chore needs.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The repository's root, where chores run their commands.
    pub(crate) root: PathBuf,
    /// What cargo calls the target directory.
    pub(crate) target: PathBuf,
}

impl Place {
    /// The root is known at compile time. The target folder is derived from this program's path
    /// (`<target>/debug/xtask`), which works whether the default, the environment or the configuration chose it.
    pub(crate) fn find() -> Result<Self, Failure> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest).to_owned();
        let program = std::env::current_exe().map_err(Failure::file("find this program below", &root))?;
        let target = program.ancestors().nth(2).unwrap_or(&root).to_owned();
        Ok(Self { root, target })
    }

    /// Builds the host together with the other programs, and nothing that only the tests need. Cargo chooses the
    /// features of dependencies for all that it builds at once, so after `cargo xtask test` this builds the host a
    /// second time.
    pub(crate) fn build(&self) -> Command {
        let mut command = Command::new("cargo");
        command.args(["build", "--workspace", "--bins"]).current_dir(&self.root);
        command
    }

    /// The host's program as built in that profile (`debug`, `release`).
    pub(crate) fn host(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join("jackfield")
    }

    /// Where third-party clients are prepared for the tests.
    pub(crate) fn clients(&self) -> PathBuf {
        self.target.join("clients")
    }

    /// Where built plugins are collected for the tests.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.target.join("plugins")
    }
}
