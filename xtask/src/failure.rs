//! Why a chore ended early. Every message says what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use thiserror::Error;

use crate::runner::shown;
use crate::step::Step;

#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("step `{step}` failed; to run it alone: cargo xtask test --only {step}")]
    Step { step: Step, source: Box<Self> },
    #[error("`{command}` could not be started; is it installed and on PATH?")]
    NotStarted { command: String, source: io::Error },
    #[error("`{command}` failed ({status}); its own output above says why")]
    Unsuccessful { command: String, status: ExitStatus },
    #[error("{what} is missing; {remedy}")]
    Missing { what: &'static str, remedy: String },
    #[error("could not {action} {}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error("no free port on 127.0.0.1; is the loopback interface up?")]
    Port(#[source] io::Error),
    #[error("signals cannot be watched, so nothing could be cleaned up after Ctrl-C")]
    Signals(#[source] io::Error),
    #[error("the test server did not come up: {why}. The end of its log:\n{log}")]
    Postgres { why: String, log: String },
    #[error("titles of commits break the rules in STYLE.md; reword them with `git rebase`:\n{0}")]
    Titles(String),
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// For `map_err` on file operations: keeps the path, which `io::Error` does not carry.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }

    pub(crate) fn not_started(command: &Command, source: io::Error) -> Self {
        Self::NotStarted { command: shown(command), source }
    }

    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted)
    }
}
