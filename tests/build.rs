//! Writes one test per recorded story and database, so that each is run, filtered and reported by its name.

#![expect(clippy::disallowed_methods, reason = "Cargo tells a build script its folders by the environment")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// How a story begins; its name follows up to the next quote.
const STORY: &str = "{\"name\": \"";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=oracle");
    let mut tests = String::new();
    for (module, backend) in [("postgres", "Postgres"), ("sqlite", "Sqlite")] {
        writeln!(tests, "mod {module} {{").expect("writing to a string");
        for file in files(Path::new("oracle"))? {
            tests.push_str(&module_of(&file, backend)?);
        }
        tests.push_str("}\n");
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo names the folder of generated files"));
    fs::write(folder.join("stories.rs"), tests)
}

/// Returns the files of stories, sorted.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the tests of one file's stories.
fn module_of(file: &Path, backend: &str) -> io::Result<String> {
    let text = fs::read_to_string(file)?;
    let stem = file.file_stem().expect("a file has a name").to_string_lossy();
    let mut module = format!("mod {} {{\n", identifier(&stem));
    let mut seen = BTreeSet::new();
    let names = text.lines().filter_map(|line| line.strip_prefix(STORY)?.split('"').next());
    for name in names {
        let function = identifier(name);
        assert!(seen.insert(function.clone()), "{}: two stories are named `{function}`", file.display());
        let play = format!("crate::oracle::play(jackfield_tests::Backend::{backend}, {stem:?}, {name:?})");
        writeln!(module, "#[test]\nfn {function}() {{ {play}; }}").expect("writing to a string");
    }
    module.push_str("}\n");
    Ok(module)
}

/// Returns a name as Rust writes it: lower case, with underscores.
fn identifier(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}
