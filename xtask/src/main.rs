//! The chores of this repository behind one command, `cargo xtask`, so that newcomers need no list of steps: start a
//! host, run every check, measure. It is Unix only, because the test server and its clean-up rely on signals.
#![expect(clippy::print_stdout, reason = "a command line program; its output is its purpose")]

mod bench;
mod clients;
mod commits;
mod failure;
mod guests;
mod place;
mod postgres;
mod runner;
mod step;
mod test;
mod toolchain;
mod up;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The chores of Jackfield", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Build the host and start it for development, with every plugin of the repository
    Up(up::Arguments),
    /// Run every check, in the order in which they find mistakes soonest
    Test(test::Arguments),
    /// Measure: plugin calls, webhooks, posts, sockets, growth, signed calls
    Bench(bench::Arguments),
}

const EXAMPLES: &str = "Examples:
  cargo xtask up
  cargo xtask test
  cargo xtask test --only fmt,clippy
  cargo xtask test store::posts
  cargo xtask bench ingest";

fn main() -> ExitCode {
    let result = match Arguments::parse().chore {
        Chore::Up(arguments) => up::run(&arguments),
        Chore::Test(arguments) => test::run(&arguments),
        Chore::Bench(arguments) => bench::run(&arguments),
    };
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    eprintln!("\nerror: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    // 130 is what a shell reports for a command that ended on Ctrl-C.
    ExitCode::from(if failure.is_interruption() { 130 } else { 1 })
}
