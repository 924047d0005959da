//! `cargo xtask up`: from a clone to a running host in one command.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::place::Place;
use crate::runner::{Runner, shown};
use crate::toolchain;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8065")]
    listen: String,
    /// Data directory, created if absent [default: data/ in the repository]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Build with optimisation
    #[arg(long)]
    release: bool,
}

/// Returns only on failure: in the end this process becomes the host, so Ctrl-C goes straight to it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let place = Place::find()?;
    let runner = Runner::new()?;
    toolchain::ensure_wasm(&runner)?;
    let mut build = place.build();
    runner.run(build.args(arguments.release.then_some("--release")))?;

    let profile = if arguments.release { "release" } else { "debug" };
    let words = host_arguments(arguments).map_err(Failure::file("find", Path::new(".")))?;
    let mut host = Command::new(place.host(profile));
    host.args(words).current_dir(&place.root);
    println!("$ {}", shown(&host));
    runner.check()?;
    let source = host.exec();
    Err(Failure::NotStarted { command: shown(&host), source })
}

/// The host runs in the repository's root, so a folder given relative to the caller is made absolute.
fn host_arguments(arguments: &Arguments) -> io::Result<Vec<OsString>> {
    let data = match &arguments.data {
        Some(given) => std::path::absolute(given)?,
        None => PathBuf::from("./data"),
    };
    let listen = OsString::from(&arguments.listen);
    let words = ["dev".into(), "--data".into(), data.into(), "--listen".into(), listen, "plugins".into()];
    Ok(words.into_iter().chain(["examples".into()]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(data: Option<&str>) -> Vec<OsString> {
        let arguments =
            Arguments { listen: "127.0.0.1:0".to_owned(), data: data.map(PathBuf::from), release: false };
        host_arguments(&arguments).expect("a current directory")
    }

    #[test]
    fn the_host_starts_for_development_with_all_plugins() {
        let expected = ["dev", "--data", "./data", "--listen", "127.0.0.1:0", "plugins", "examples"];
        assert_eq!(words(None), expected);
    }

    #[test]
    fn a_given_data_folder_is_relative_to_the_caller() {
        let here = std::env::current_dir().expect("a current directory");
        assert_eq!(words(Some("mine"))[2], here.join("mine"));
        assert_eq!(words(Some("/srv/mine"))[2], "/srv/mine");
    }
}
