//! The third-party clients that the tests run against the host. They are downloaded once, in exactly the versions the
//! repository names, into cargo's target folder. Installing them runs none of their scripts.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::place::Place;
use crate::runner::Runner;

const SOURCES: &str = "tests/clients";

/// The oldest Node that the scripts support.
const NODE: u32 = 20;

/// Prepares `python`, `node` and `go` in `<target>/clients`, unless they match what the repository names.
pub(crate) fn prepare(runner: &Runner, place: &Place) -> Result<(), Failure> {
    prepare_python(runner, place)?;
    prepare_node(runner, place)?;
    prepare_go(runner, place)
}

/// Makes a virtual environment, or a plain folder of packages if Python cannot make one.
fn prepare_python(runner: &Runner, place: &Place) -> Result<(), Failure> {
    let wanted = place.root.join(SOURCES).join("python/requirements.txt");
    let folder = place.clients().join("python");
    if is_done(&folder, &[&wanted])? {
        println!("mattermostdriver and aiosmtpd are installed");
        return Ok(());
    }
    if !runner.succeeds(Command::new("python3").arg("--version"))? {
        let remedy = "install Python 3.10 or later, with pip, so that `python3` is on PATH".to_owned();
        return Err(Failure::Missing { what: "Python", remedy });
    }
    renew(&folder)?;
    let mut install = if runner.succeeds(Command::new("python3").args(["-m", "venv"]).arg(&folder))? {
        Command::new(folder.join("bin/python"))
    } else {
        renew(&folder)?;
        Command::new("python3")
    };
    install.args([
        "-m",
        "pip",
        "install",
        "--only-binary",
        ":all:",
        "--disable-pip-version-check",
        "--quiet",
    ]);
    if !folder.join("bin").exists() {
        install.arg("--target").arg(folder.join("packages"));
    }
    runner.run(install.arg("-r").arg(&wanted))?;
    done(&folder, &[&wanted])
}

fn prepare_node(runner: &Runner, place: &Place) -> Result<(), Failure> {
    let source = place.root.join(SOURCES).join("node");
    let wanted = [source.join("package.json"), source.join("package-lock.json")];
    let wanted: Vec<&Path> = wanted.iter().map(AsRef::as_ref).collect();
    let folder = place.clients().join("node");
    // npm writes that file last.
    if is_done(&folder, &wanted)? && folder.join("node_modules/.package-lock.json").exists() {
        println!("@mattermost/client is installed");
        return Ok(());
    }
    ensure_node()?;
    renew(&folder)?;
    done(&folder, &wanted)?;
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    runner.run(&mut install)
}

/// Builds the program that uses Mattermost's Go client. Go downloads the modules, and checks them against `go.sum`.
fn prepare_go(runner: &Runner, place: &Place) -> Result<(), Failure> {
    let source = place.root.join(SOURCES).join("go");
    let wanted = ["go.mod", "go.sum", "main.go"].map(|name| source.join(name));
    let wanted: Vec<&Path> = wanted.iter().map(AsRef::as_ref).collect();
    let folder = place.clients().join("go");
    let program = folder.join("client");
    if is_done(&folder, &wanted)? && program.exists() {
        println!("the Go client is built");
        return Ok(());
    }
    if !runner.succeeds(Command::new("go").arg("version"))? {
        let remedy = "install Go 1.25 or later, so that `go` is on PATH".to_owned();
        return Err(Failure::Missing { what: "Go", remedy });
    }
    renew(&folder)?;
    let mut build = Command::new("go");
    build
        .args(["build", "-mod=readonly", "-buildvcs=false", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(&source);
    runner.run(&mut build)?;
    done(&folder, &wanted)
}

fn ensure_node() -> Result<(), Failure> {
    let version = Command::new("node").arg("--version").output();
    let version =
        version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    match major(&version) {
        Some(found) if found >= NODE => Ok(()),
        found => {
            let found =
                found.map_or_else(|| "none was found".to_owned(), |found| format!("{found} was found"));
            let remedy =
                format!("install Node {NODE} or later, with npm, so that `node` is on PATH ({found})");
            Err(Failure::Missing { what: "Node", remedy })
        }
    }
}

/// Returns 20 for `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Whether a folder was made from exactly these files, of which it keeps copies.
fn is_done(folder: &Path, wanted: &[&Path]) -> Result<bool, Failure> {
    for file in wanted {
        let text = fs::read(file).map_err(Failure::file("read", file))?;
        let copy = folder.join(file.file_name().unwrap_or_default());
        if fs::read(copy).ok() != Some(text) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn done(folder: &Path, wanted: &[&Path]) -> Result<(), Failure> {
    for file in wanted {
        let copy = folder.join(file.file_name().unwrap_or_default());
        fs::copy(file, &copy).map_err(Failure::file("write", &copy))?;
    }
    Ok(())
}

/// Empties a folder.
fn renew(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::file("remove", folder))?;
    }
    fs::create_dir_all(folder).map_err(Failure::file("create", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_its_first_number() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major(""), None);
        assert_eq!(major("command not found"), None);
    }

    #[test]
    fn a_folder_is_done_if_it_was_made_from_the_same_files() {
        let folder = std::env::temp_dir().join(format!("jackfield-clients-{}", std::process::id()));
        renew(&folder).expect("a folder");
        let (wanted, made) = (folder.join("wanted.txt"), folder.join("made"));
        renew(&made).expect("a folder");
        fs::write(&wanted, "one").expect("a file");
        assert!(!is_done(&made, &[&wanted]).expect("readable"));
        done(&made, &[&wanted]).expect("copied");
        assert!(is_done(&made, &[&wanted]).expect("readable"));
        fs::write(&wanted, "two").expect("a file");
        assert!(!is_done(&made, &[&wanted]).expect("readable"));
        fs::remove_dir_all(folder).expect("removed");
    }
}
