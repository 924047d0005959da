//! The command line, one file per family of subcommands.
//!
//! Exit codes: 0 success, 1 failure, 2 misuse. Results go to stdout, everything else to stderr.

mod admin;
mod dev;
mod out;
mod plugin;
mod serve;
mod settings;
mod signed;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::disk;

/// A failure, to be printed to stderr.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// A self-hosted chat and integration host; every integration is a sandboxed WASM plugin.
#[derive(Debug, Parser)]
#[command(name = "jackfield", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    #[command(after_help = "Example: jackfield serve --listen 0.0.0.0:8065 --data /var/lib/jackfield")]
    Serve(settings::ServerOptions),
    /// Run the server for development: an administrator, a team, and the plugins in the given folders
    #[command(after_help = "Example: jackfield dev plugins")]
    Dev(dev::DevOptions),
    /// Migrate the database to the schema of this version, as `serve` does at its start
    #[command(after_help = "Example: jackfield migrate --database postgres://jackfield@localhost/jackfield")]
    Migrate(settings::ServerOptions),
    /// Work on accounts and applications directly in the database: for the first start, and for lock-outs
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Create, build, inspect and install plugins
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Explain why a signed request is refused
    #[command(subcommand)]
    Signed(signed::SignedCommand),
}

/// Runs the command given by the process's arguments.
pub async fn run() -> ExitCode {
    let command = Arguments::parse().command;
    if !matches!(command, Command::Plugin(_) | Command::Signed(_)) {
        disk::restrict_process();
    }
    let done = match command {
        Command::Serve(options) => serve::run(&options).await,
        Command::Dev(options) => dev::run(&options).await,
        Command::Migrate(options) => serve::migrate(&options).await,
        Command::Admin(command) => admin::run(&command).await,
        Command::Plugin(command) => plugin::run(command).await,
        Command::Signed(command) => signed::run(command).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::complain(&failure);
            ExitCode::FAILURE
        }
    }
}
