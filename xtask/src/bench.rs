//! `cargo xtask bench`: the measurements that the project tracks. It builds what they need first.

use std::process::Command;

use crate::failure::Failure;
use crate::guests;
use crate::place::Place;
use crate::runner::Runner;
use crate::toolchain;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; everything if not given
    name: Option<Measure>,
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
    /// Signed calls, from the request to the answer
    Signed,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let place = Place::find()?;
    let runner = Runner::new()?;
    toolchain::ensure_wasm(&runner)?;
    runner.run(&mut place.build())?;
    guests::build(&runner, &place)?;
    for name in targets(arguments.name) {
        let mut command = Command::new("cargo");
        command.args(["bench", "-p", "jackfield-tests", "--bench", name]);
        command.env("JACKFIELD_TEST_PLUGINS", place.plugins()).current_dir(&place.root);
        runner.run(&mut command)?;
    }
    Ok(())
}

fn targets(chosen: Option<Measure>) -> &'static [&'static str] {
    match chosen {
        None => &["attacks", "call", "ingest", "posting", "fanout", "growth", "signed"],
        Some(Measure::Attacks) => &["attacks"],
        Some(Measure::Call) => &["call"],
        Some(Measure::Ingest) => &["ingest"],
        Some(Measure::Posting) => &["posting"],
        Some(Measure::Fanout) => &["fanout"],
        Some(Measure::Growth) => &["growth"],
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
