//! `cargo xtask test`: every check a change must pass, from a clean clone, with nothing prepared.

use std::process::Command;
use std::time::Instant;

use crate::clients;
use crate::commits;
use crate::failure::Failure;
use crate::guests;
use crate::place::Place;
use crate::postgres::{Durability, Server};
use crate::runner::Runner;
use crate::step::{Line, Outcome, Step, duration, plan, table};
use crate::toolchain;

/// Tells the tests which server to create their databases on. Set it yourself to use a server you already have.
const POSTGRES: &str = "JACKFIELD_TEST_POSTGRES";

/// Tells the tests where the built plugins are.
const PLUGINS: &str = "JACKFIELD_TEST_PLUGINS";

/// Tells the tests where the third-party clients are.
const CLIENTS: &str = "JACKFIELD_TEST_CLIENTS";

/// Passes `-D warnings` to clippy as `cargo clippy` does.
const DENY_WARNINGS: (&str, &str) = ("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Run these steps and what they rest on, instead of all
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    only: Vec<Step>,
    /// Run only the tests whose path contains this text (and of the steps, only what they need)
    filter: Option<String>,
}

/// What the steps share.
#[derive(Debug)]
struct Run {
    place: Place,
    runner: Runner,
    filter: Option<String>,
    /// Kept until all steps are done; dropping it stops the server.
    server: Option<Server>,
    postgres: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut run = Run {
        place: Place::find()?,
        runner: Runner::new()?,
        filter: arguments.filter.clone(),
        server: None,
        postgres: None,
    };
    let steps = plan(&arguments.only, arguments.filter.as_deref());
    let mut lines: Vec<Line> = Vec::with_capacity(steps.len());
    let mut result = Ok(());
    for step in steps {
        if result.is_err() {
            lines.push(Line { step, ended: None });
            continue;
        }
        println!("\n=== {step}");
        let start = Instant::now();
        let ended = run.step(step);
        let took = start.elapsed();
        println!("--- {step}: {}", duration(took));
        let outcome;
        (outcome, result) = match ended {
            Ok(outcome) => (outcome, Ok(())),
            Err(Failure::Interrupted) => (Outcome::Interrupted, Err(Failure::Interrupted)),
            Err(source) => (Outcome::Failed, Err(Failure::Step { step, source: Box::new(source) })),
        };
        lines.push(Line { step, ended: Some((took, outcome)) });
    }
    drop(run);
    println!("\n{}", table(&lines));
    result
}

impl Run {
    fn step(&mut self, step: Step) -> Result<Outcome, Failure> {
        self.runner.check()?;
        match step {
            Step::Fmt => self.cargo(&["fmt", "--all", "--check"])?,
            Step::Commits => return commits::check(&self.place),
            Step::Wasm => toolchain::ensure_wasm(&self.runner)?,
            Step::Clippy => self.clippy()?,
            Step::Postgres => self.postgres()?,
            Step::Plugins => {
                self.lint()?;
                guests::build(&self.runner, &self.place)?;
            }
            Step::Clients => clients::prepare(&self.runner, &self.place)?,
            Step::Tests => self.tests()?,
            Step::Deny => return self.deny(),
        }
        Ok(Outcome::Passed)
    }

    fn clippy(&self) -> Result<(), Failure> {
        self.lint()?;
        let mut guests = Command::new("cargo");
        guests.arg("clippy").args(guests::packages(&self.place.root)?);
        guests.args(["--lib", "--target", toolchain::WASM, "--", "-D", "warnings"]);
        self.runner.run(guests.current_dir(&self.place.root))
    }

    fn postgres(&mut self) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "the chores have no configuration but this variable")]
        let given = std::env::var(POSTGRES).ok();
        if let Some(url) = given {
            println!("{POSTGRES} is set; using that server");
            self.postgres = Some(url);
            return Ok(());
        }
        let server = Server::start(&self.runner, Durability::None)?;
        println!("{POSTGRES}={}", server.url());
        self.postgres = Some(server.url());
        self.server = Some(server);
        Ok(())
    }

    fn tests(&self) -> Result<(), Failure> {
        let mut command = self.linter();
        command.args(["test", "--workspace"]);
        command.env(PLUGINS, self.place.plugins()).env(CLIENTS, self.place.clients());
        if let Some(url) = &self.postgres {
            command.env(POSTGRES, url);
        }
        if let Some(filter) = &self.filter {
            command.arg("--").arg(filter);
        }
        self.runner.run(&mut command)
    }

    /// May be skipped, because it checks only third-party crates and needs an extra tool.
    fn deny(&self) -> Result<Outcome, Failure> {
        if !self.runner.succeeds(Command::new("cargo").args(["deny", "--version"]))? {
            println!(
                "cargo-deny is not installed, so this step is skipped; to have it: cargo install cargo-deny"
            );
            return Ok(Outcome::Skipped("cargo-deny is not installed"));
        }
        self.cargo(&["deny", "check", "licenses", "bans", "sources"])?;
        Ok(Outcome::Passed)
    }

    /// Builds and lints everything. Every step that needs a build runs this one: with fewer targets, cargo would choose
    /// other features for the dependencies and build the server a second time.
    fn lint(&self) -> Result<(), Failure> {
        self.runner.run(self.linter().args(["build", "--workspace", "--all-targets"]))
    }

    /// Returns cargo with clippy as the compiler of the workspace's crates, so that one build serves the lints, the
    /// plugins and the tests: `cargo clippy` checks every dependency once more than they are built.
    fn linter(&self) -> Command {
        let mut command = Command::new("cargo");
        // An option rather than a variable, because the tests run cargo too and must not inherit it.
        command.args(["--config", "build.rustc-workspace-wrapper=\"clippy-driver\""]);
        command.env(DENY_WARNINGS.0, DENY_WARNINGS.1).current_dir(&self.place.root);
        command
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), Failure> {
        self.runner.run(Command::new("cargo").args(arguments).current_dir(&self.place.root))
    }
}
