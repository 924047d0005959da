//! `jackfield plugin ...`: make, build and inspect plugins here; install them on a server.

pub(super) mod build;
mod install;
mod new;

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, out};
use crate::plugin::package::Package;
use crate::plugin::sheet::Sheet;
use crate::runtime;

#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Make a folder with a new plugin, its test, and the SDK it is built with
    #[command(after_help = "Example: jackfield plugin new hello")]
    New(new::NewPluginOptions),
    /// Build a plugin's folder into one .wasm file
    #[command(after_help = "Example: jackfield plugin build plugins/dice --out dist")]
    Build(build::BuildOptions),
    /// Show what a .wasm file may do and what wakes it, without a server
    #[command(after_help = "Example: jackfield plugin inspect dice.wasm")]
    Inspect(Inspect),
    /// Send a .wasm file to a server, show its permission sheet, and enable it if you agree
    #[command(
        after_help = "Example: jackfield plugin install dice.wasm --server http://127.0.0.1:8065 --token …"
    )]
    Install(install::InstallOptions),
    /// Compile the component on standard input to machine code on standard output, for the server that starts this
    #[command(hide = true)]
    Compile {
        /// The component's size
        bytes: u64,
    },
    /// List a server's plugins
    #[command(after_help = "Example: jackfield plugin list --json")]
    List(install::ListPlugins),
}

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The plugin's .wasm file
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: PluginCommand) -> Result<(), Failure> {
    match command {
        PluginCommand::New(options) => new::run(&options),
        PluginCommand::Build(options) => build::run(&options),
        PluginCommand::Inspect(options) => inspect(&options),
        PluginCommand::Install(options) => install::run(&options).await,
        PluginCommand::Compile { bytes } => compile(bytes),
        PluginCommand::List(options) => install::list(&options).await,
    }
}

fn compile(bytes: u64) -> Result<(), Failure> {
    let mut component = Vec::new();
    std::io::stdin().take(bytes).read_to_end(&mut component)?;
    // The server holds the other end of the pipe. When it is gone, nothing needs the code.
    std::thread::spawn(|| {
        drop(std::io::stdin().read(&mut [0]));
        std::process::exit(1);
    });
    let code = runtime::compile(&component)?;
    std::io::stdout().write_all(&code)?;
    Ok(())
}

fn inspect(options: &Inspect) -> Result<(), Failure> {
    let path = options.file.display();
    let bytes = std::fs::read(&options.file).map_err(|error| format!("cannot read {path}: {error}"))?;
    let package = Package::read(&bytes).map_err(|error| format!("{path}: {error}"))?;
    let sheet = Sheet::of(&package);
    if options.json {
        out::say(serde_json::json!({
            "id": sheet.plugin, "version": sheet.version, "digest": package.digest, "size": package.size,
            "sheet": sheet, "sheet_digest": sheet.digest(),
        }));
    } else {
        out::say(&sheet);
    }
    Ok(())
}
