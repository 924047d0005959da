//! The repository's own plugins: where they are, and how they are built for tests and measurements.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::place::Place;
use crate::runner::Runner;

/// Builds every plugin that the tests install, with the host's program as it was built before; each is a file
/// `<target>/plugins/<name>.wasm`.
pub(crate) fn build(runner: &Runner, place: &Place) -> Result<(), Failure> {
    let mut folders = shipped(&place.root)?;
    folders.extend(crates_below(&place.root.join("tests/plugins"))?);
    for folder in folders {
        let shown = folder.strip_prefix(&place.root).unwrap_or(&folder);
        let mut command = Command::new(place.host("debug"));
        command.args(["plugin", "build"]).arg(shown).arg("--out").arg(place.plugins());
        runner.run(command.current_dir(&place.root))?;
    }
    Ok(())
}

/// `-p name` for every plugin that is a member of the workspace.
pub(crate) fn packages(root: &Path) -> Result<Vec<OsString>, Failure> {
    let mut arguments = Vec::new();
    for folder in shipped(root)? {
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(Failure::file("read", &manifest))?;
        let folder_name = folder.file_name().unwrap_or_default();
        arguments.push("-p".into());
        arguments.push(package_name(&text).map_or_else(|| folder_name.to_owned(), OsString::from));
    }
    Ok(arguments)
}

/// The plugins shown to newcomers: those of the catalogue and the example in the documentation.
fn shipped(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut folders = crates_below(&root.join("plugins"))?;
    folders.push(root.join("examples/hello-plugin"));
    Ok(folders)
}

/// Lists the crates below a folder, sorted so that every run has the same order. A missing folder has none.
fn crates_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::file("list", folder))? {
        let path = entry.map_err(Failure::file("list", folder))?.path();
        if path.join("Cargo.toml").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the first `name = ".."` of a manifest. It is the package's, because `[package]` comes first by convention.
fn package_name(manifest: &str) -> Option<&str> {
    let line = manifest.lines().find(|line| line.trim_start().starts_with("name"))?;
    line.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_by_its_manifest() {
        assert_eq!(package_name("[package]\nname = \"dice\"\n[lib]\nname = \"other\"\n"), Some("dice"));
        assert_eq!(package_name("[package]\nversion = \"1.0.0\"\n"), None);
    }

    #[test]
    fn the_repository_has_its_plugins() {
        let place = Place::find().expect("the repository");
        let names = packages(&place.root).expect("readable manifests");
        assert!(names.len() >= 6, "at least hello-plugin, dice and github: {names:?}");
        assert_eq!(names.last().and_then(|name| name.to_str()), Some("hello-plugin"));
    }
}
