//! `cargo xtask bench`: the measurements that the project tracks. It builds what they need first.

use std::process::Command;

use crate::failure::Failure;
use crate::guests;
use crate::place::Place;
use crate::postgres::{Durability, Server};
use crate::runner::Runner;
use crate::toolchain;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; everything if not given
    name: Option<Measure>,
    /// The database of the measured server; a private PostgreSQL server is started for it
    #[arg(long, value_enum, default_value_t)]
    database: Database,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Database {
    #[default]
    Sqlite,
    Postgres,
}

/// A bench target of the tests' package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Measure {
    /// How long others wait while a client attacks the server
    Attacks,
    /// A plugin call, from the host's request to the planned effects
    Call,
    /// Incoming webhooks, from the request to the committed message
    Ingest,
    /// Posts a second over REST
    Posting,
    /// One post to 2,000 sockets, and the memory of an idle one
    Fanout,
    /// One post and one page of a channel as the channel grows to a million posts
    Growth,
    /// The signed-in account, a page of posts and a slash command
    Requests,
    /// Signed calls, from the request to the answer
    Signed,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let place = Place::find()?;
    let runner = Runner::new()?;
    toolchain::ensure_wasm(&runner)?;
    runner.run(&mut place.build())?;
    guests::build(&runner, &place)?;
    // Kept until the end; dropping it stops the server.
    let server = match arguments.database {
        Database::Sqlite => None,
        Database::Postgres => Some(Server::start(&runner, Durability::Synced)?),
    };
    for name in targets(arguments.name) {
        let mut command = Command::new("cargo");
        command.args(["bench", "-p", "jackfield-tests", "--bench", name]);
        command.env("JACKFIELD_TEST_PLUGINS", place.plugins()).current_dir(&place.root);
        if let Some(server) = &server {
            command.env("JACKFIELD_BENCH_DATABASE", "postgres").env("JACKFIELD_TEST_POSTGRES", server.url());
        }
        runner.run(&mut command)?;
    }
    Ok(())
}

fn targets(chosen: Option<Measure>) -> &'static [&'static str] {
    match chosen {
        None => &["attacks", "call", "ingest", "posting", "fanout", "growth", "requests", "signed"],
        Some(Measure::Attacks) => &["attacks"],
        Some(Measure::Call) => &["call"],
        Some(Measure::Ingest) => &["ingest"],
        Some(Measure::Posting) => &["posting"],
        Some(Measure::Fanout) => &["fanout"],
        Some(Measure::Growth) => &["growth"],
        Some(Measure::Requests) => &["requests"],
        Some(Measure::Signed) => &["signed"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn each_measure_is_a_bench_target_of_its_name() {
        for measure in Measure::value_variants() {
            let name = measure.to_possible_value().expect("no variant is hidden").get_name().to_owned();
            assert_eq!(targets(Some(*measure)), [name.as_str()]);
            let declared = format!("[[bench]]\nname = \"{name}\"\n");
            assert!(
                include_str!("../../tests/Cargo.toml").contains(&declared),
                "tests/Cargo.toml has no bench {name}"
            );
        }
        assert_eq!(targets(None).len(), Measure::value_variants().len());
    }
}
