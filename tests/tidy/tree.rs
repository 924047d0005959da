//! The input and output of the rules: the repository's text files, and the list of broken rules.

use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of generated files, at any depth; `data` only at the root, where a host creates it.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];

/// A text file and its path from the repository's root, with forward slashes.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) path: String,
    /// The line, or 0 for the whole file.
    pub(crate) line: usize,
    pub(crate) rule: String,
    pub(crate) remedy: String,
}

impl Source {
    /// Creates a source for the rules' own tests.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    pub(crate) fn broken(&self, line: usize, rule: impl Into<String>, remedy: impl Into<String>) -> Broken {
        broken(&self.path, line, rule, remedy)
    }
}

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, rule, remedy } = self;
        if *line > 0 {
            return write!(f, "{path}:{line}: {rule}; {remedy}");
        }
        write!(f, "{path}: {rule}; {remedy}")
    }
}

pub(crate) fn broken(path: &str, line: usize, rule: impl Into<String>, remedy: impl Into<String>) -> Broken {
    Broken { path: path.to_owned(), line, rule: rule.into(), remedy: remedy.into() }
}

/// Returns every text file of the repository, sorted by path. Files that are not UTF-8 are skipped.
pub(crate) fn sources() -> Vec<Source> {
    sources_below("")
}

/// Returns the text files in one folder (or the one file) of the repository.
pub(crate) fn sources_below(place: &str) -> Vec<Source> {
    let root = root();
    let mut files = Vec::new();
    collect(&root.join(place), &root, &mut files);
    files.sort();
    let read = |file: PathBuf| {
        let text = String::from_utf8(fs::read(&file).ok()?).ok()?;
        Some(Source { path: from_root(&file, &root), text })
    };
    files.into_iter().filter_map(read).collect()
}

/// Returns one file of the repository, if it exists.
pub(crate) fn source(path: &str) -> Option<Source> {
    let text = fs::read_to_string(root().join(path)).ok()?;
    Some(Source::new(path, &text))
}

pub(crate) fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// Fails the test with one line per broken rule.
pub(crate) fn assert_none(broken: &[Broken]) {
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} place(s) break a house rule:\n{}", lines.len(), lines.join("\n"));
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

fn from_root(file: &Path, root: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

fn collect(place: &Path, root: &Path, files: &mut Vec<PathBuf>) {
    // The walk follows no links: a target is either in the tree anyway or not part of it.
    let Ok(metadata) = fs::symlink_metadata(place) else {
        return;
    };
    if metadata.is_file() {
        files.push(place.to_owned());
    }
    if !metadata.is_dir() || is_skipped(&from_root(place, root)) {
        return;
    }
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        collect(&entry.path(), root, files);
    }
}

fn is_skipped(folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    folder == "data" || SKIPPED.contains(&name)
}

#[test]
fn a_broken_rule_is_shown_with_place_and_remedy() {
    let source = Source::new("host/src/lib.rs", "");
    assert_eq!(source.broken(3, "too loud", "whisper").to_string(), "host/src/lib.rs:3: too loud; whisper");
    assert_eq!(source.broken(0, "too loud", "whisper").to_string(), "host/src/lib.rs: too loud; whisper");
}

#[test]
fn the_walk_sees_sources_and_skips_generated_files() {
    let paths: Vec<String> = sources().into_iter().map(|source| source.path).collect();
    assert!(paths.iter().any(|path| path == "tests/tidy/tree.rs"));
    assert!(paths.iter().any(|path| path == "Cargo.toml"));
    assert!(!paths.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
    assert!(
        is_skipped("data") && is_skipped("host/console/node_modules") && is_skipped("plugins/dice/target")
    );
    assert!(!is_skipped("host/data") && !is_skipped("host/targets"));
}
