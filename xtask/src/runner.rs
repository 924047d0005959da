//! Runs the commands of a chore so that nothing outlives it: Ctrl-C or a termination request reaches all processes of
//! the running command, and then the chore itself unwinds and cleans up.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::failure::Failure;

/// Variables that cargo sets for the program it runs, this one. A cargo started from here must not see them: build
/// scripts that watch them, such as `ring`'s, would run again, and their dependents would be rebuilt, at every later
/// build by hand.
const CALLERS: [&str; 8] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

#[derive(Debug)]
pub(crate) struct Runner {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    interrupted: AtomicBool,
    /// The running command's process group. It has its own group, because cargo does not pass signals on to the test
    /// binaries it starts.
    running: Mutex<Option<Pid>>,
}

impl Runner {
    /// From here on signals no longer end this program; they end the running command.
    pub(crate) fn new() -> Result<Self, Failure> {
        let state = Arc::new(State::default());
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(Failure::Signals)?;
        let watcher = Arc::clone(&state);
        thread::spawn(move || signals.forever().for_each(|_| watcher.interrupt()));
        Ok(Self { state })
    }

    /// Shows the command, runs it with this program's output and waits for it.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), Failure> {
        println!("$ {}", shown(command));
        let status = self.wait(command)?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::Unsuccessful { command: shown(command), status })
    }

    /// Whether the command exists and succeeds; its output is dropped.
    pub(crate) fn succeeds(&self, command: &mut Command) -> Result<bool, Failure> {
        match self.wait(command.stdout(Stdio::null()).stderr(Stdio::null())) {
            Ok(status) => Ok(status.success()),
            Err(Failure::NotStarted { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Fails once a signal has arrived.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.state.interrupted.load(Ordering::SeqCst) { Err(Failure::Interrupted) } else { Ok(()) }
    }

    fn wait(&self, command: &mut Command) -> Result<ExitStatus, Failure> {
        let mut child = {
            // The command starts under the lock, so that a signal either arrives before the check or finds the command
            // to end.
            let mut running = self.state.running();
            self.check()?;
            for name in CALLERS {
                command.env_remove(name);
            }
            let spawned = command.process_group(0).stdin(Stdio::null()).spawn();
            let child = spawned.map_err(|source| Failure::not_started(command, source))?;
            *running = Some(Pid::from_child(&child));
            child
        };
        let status = child.wait();
        *self.state.running() = None;
        self.check()?;
        status.map_err(|source| Failure::not_started(command, source))
    }
}

impl State {
    fn running(&self) -> std::sync::MutexGuard<'_, Option<Pid>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first signal asks the command to end; a second one kills it.
    fn interrupt(&self) {
        let again = self.interrupted.swap(true, Ordering::SeqCst);
        let signal = if again { Signal::KILL } else { Signal::TERM };
        if let Some(group) = *self.running() {
            // The command may have ended meanwhile, which is fine.
            let _ = kill_process_group(group, signal);
        }
    }
}

/// Returns the command as a user would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_user_types_it() {
        let mut command = Command::new("cargo");
        command.args(["test", "--workspace", "--", "two words"]);
        assert_eq!(shown(&command), "cargo test --workspace -- 'two words'");
    }

    #[test]
    fn a_failed_command_is_named_and_distinguished_from_a_missing_one() {
        let runner = Runner::new().expect("signals can be watched");
        let failed = runner.run(Command::new("sh").args(["-c", "exit 3"])).expect_err("exit 3");
        assert_eq!(
            failed.to_string(),
            "`sh -c 'exit 3'` failed (exit status: 3); its own output above says why"
        );
        assert!(!runner.succeeds(&mut Command::new("no-such-program-here")).expect("not an interruption"));
        assert!(runner.succeeds(&mut Command::new("true")).expect("not an interruption"));
    }

    #[test]
    fn a_command_does_not_inherit_cargos_variables() {
        let runner = Runner::new().expect("signals can be watched");
        for test in ["test -n \"$CARGO_MANIFEST_DIR\"", "test -n \"$CARGO_PKG_NAME\""] {
            let own = Command::new("sh").args(["-c", test]).status().expect("sh runs");
            assert!(own.success(), "cargo tells a test what its package is");
            let inherited = runner.succeeds(Command::new("sh").args(["-c", test]));
            assert!(!inherited.expect("not an interruption"));
        }
    }

    #[test]
    fn an_interruption_ends_the_running_command_and_refuses_the_next() {
        let runner = Runner::new().expect("signals can be watched");
        let state = Arc::clone(&runner.state);
        let interrupter = thread::spawn(move || {
            while state.running().is_none() {
                thread::yield_now();
            }
            state.interrupt();
        });
        let ended = runner.run(Command::new("sh").args(["-c", "sleep 600 & wait"])).expect_err("interrupted");
        interrupter.join().expect("the interrupting thread ends");
        assert!(ended.is_interruption());
        assert!(runner.run(&mut Command::new("true")).expect_err("still interrupted").is_interruption());
    }
}
