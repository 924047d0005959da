//! A private PostgreSQL server for one run of the tests: found or installed, started on a free port in a temporary
//! folder, and removed afterwards, however the run ends.

mod account;
mod installation;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;
use crate::runner::{Runner, shown};
use account::Account;
use installation::Installation;

/// How long the server may take to accept connections, and to stop. Both usually take well under a second.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(50);

/// Every test has its own database with a pool on it, and tests run in parallel.
const MAX_CONNECTIONS: u32 = 300;

/// Whether a commit is on disk when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// As on a server in use, for measurements.
    Synced,
    /// For tests: the data is deleted after the run, so durable writes would gain nothing and cost a good part of the
    /// time.
    None,
}

const UNSYNCED: [&str; 3] = ["fsync=off", "full_page_writes=off", "synchronous_commit=off"];

const SETTINGS: [&str; 3] = [
    "listen_addresses=127.0.0.1",
    // No socket file: its path may be at most 107 bytes long, which temporary folders can exceed.
    "unix_socket_directories=",
    "autovacuum=off",
];

/// A running server. Dropping it stops the server and removes its folder.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    port: u16,
    /// Declared last, so that it is removed after the server has stopped.
    folder: Folder,
}

/// A temporary folder with the cluster in `data` and the output of both programs in `log`.
#[derive(Debug)]
struct Folder(PathBuf);

impl Server {
    pub(crate) fn start(runner: &Runner, durability: Durability) -> Result<Self, Failure> {
        let installation = Installation::find_or_install(runner)?;
        let account = Account::for_server()?;
        println!("PostgreSQL {}", installation.shown());
        let folder = Folder::create(account.as_ref())?;
        folder.initialise(&installation, account.as_ref())?;
        runner.check()?;
        let port = free_port().map_err(Failure::Port)?;
        let mut postgres = folder.command(&installation.postgres(), account.as_ref())?;
        postgres.arg("-D").arg(folder.data()).args(["-p", &port.to_string()]);
        postgres.args(["-N", &MAX_CONNECTIONS.to_string()]);
        postgres.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        if durability == Durability::None {
            postgres.args(UNSYNCED.iter().flat_map(|setting| ["-c", setting]));
        }
        // It gets its own process group, because Ctrl-C must end the tests before their database.
        postgres.process_group(0).stdin(Stdio::null());
        let child = postgres.spawn().map_err(|source| Failure::not_started(&postgres, source))?;
        let mut server = Self { child, port, folder };
        server.wait_until_ready(runner)?;
        Ok(server)
    }

    /// Returns the URL at which tests may create their own databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://jackfield@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, runner: &Runner) -> Result<(), Failure> {
        let pid_file = self.folder.data().join("postmaster.pid");
        let start = Instant::now();
        loop {
            runner.check()?;
            if fs::read_to_string(&pid_file).is_ok_and(|text| is_ready(&text)) {
                return Ok(());
            }
            let why = match self.child.try_wait() {
                Ok(None) if start.elapsed() < PATIENCE => {
                    thread::sleep(POLL);
                    continue;
                }
                Ok(None) => format!("not ready after {} s", PATIENCE.as_secs()),
                Ok(Some(status)) => format!("it ended ({status})"),
                Err(error) => format!("it cannot be waited for ({error})"),
            };
            return Err(Failure::Postgres { why, log: self.folder.log_end() });
        }
    }

    /// Requests the server's "immediate" shutdown, which drops everything at once; the data is not kept anyway.
    fn stop(&mut self) -> io::Result<()> {
        let pid = Pid::from_child(&self.child);
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        kill_process(pid, Signal::QUIT)?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("warning: the test server (process {}) was not stopped: {error}", self.child.id());
        }
    }
}

impl Folder {
    fn create(account: Option<&Account>) -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("jackfield-postgres-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(Failure::file("create", &path))?;
        let folder = Self(path);
        if let Some(account) = account {
            chown(&folder.0, Some(account.uid), Some(account.gid))
                .map_err(Failure::file("hand to the server's account", &folder.0))?;
        }
        Ok(folder)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// Prepares a program of the server: in this folder, under its account, writing to the log.
    fn command(&self, program: &Path, account: Option<&Account>) -> Result<Command, Failure> {
        let path = self.log();
        let opened = File::options().create(true).append(true).open(&path);
        let log = opened.map_err(Failure::file("open", &path))?;
        let second = log.try_clone().map_err(Failure::file("open", &path))?;
        let mut command = Command::new(program);
        command.current_dir(&self.0).stdout(log).stderr(second);
        if let Some(account) = account {
            command.uid(account.uid).gid(account.gid);
        }
        Ok(command)
    }

    /// Runs to its end whatever signal arrives, because an interrupted `initdb` leaves shared memory behind. It takes a
    /// second or two.
    fn initialise(&self, installation: &Installation, account: Option<&Account>) -> Result<(), Failure> {
        let mut initdb = self.command(&installation.initdb(), account)?;
        initdb.args(["--auth=trust", "--username=jackfield", "--no-sync", "--encoding=UTF8"]);
        // Text is sorted by its bytes, as in SQLite.
        initdb.args(["--locale=C", "--pgdata"]).arg(self.data());
        initdb.process_group(0).stdin(Stdio::null());
        println!("$ {}", shown(&initdb));
        let status = initdb.status().map_err(|source| Failure::not_started(&initdb, source))?;
        if status.success() {
            return Ok(());
        }
        // The log is removed with the folder, so the message contains its end.
        Err(Failure::Postgres { why: format!("`initdb` failed ({status})"), log: self.log_end() })
    }

    fn log_end(&self) -> String {
        read_end(&self.log()).unwrap_or_else(|error| format!("(unreadable: {error})"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("warning: {} was not removed: {error}", self.0.display());
        }
    }
}

/// The eighth line of the server's pid file contains its status.
fn is_ready(pid_file: &str) -> bool {
    pid_file.lines().nth(7).is_some_and(|status| status.trim() == "ready")
}

/// Reads at most the last 2,000 bytes.
fn read_end(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(2_000)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Finds a free port. It is unbound when this returns; nothing else starts meanwhile that could take it.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_status_line_means_ready() {
        let file =
            |status: &str| format!("4711\n/tmp/data\n1700000000\n5433\n\n127.0.0.1\n  1 2\n{status}\n");
        assert!(is_ready(&file("ready   ")));
        assert!(!is_ready(&file("starting")));
        assert!(!is_ready("ready\n"), "a file still being written");
    }

    #[test]
    fn the_folder_keeps_a_log_and_is_removed_on_drop() {
        let folder = Folder::create(None).expect("a temporary folder");
        let path = folder.0.clone();
        let long = "x".repeat(3_000);
        let mut shell = folder.command(Path::new("sh"), None).expect("a log");
        let status = shell.args(["-c", &format!("echo {long}; echo the end >&2")]).status().expect("a shell");
        assert!(status.success());
        let end = folder.log_end();
        assert_eq!(end.len(), 2_000);
        assert!(end.ends_with("x\nthe end\n"));
        drop(folder);
        assert!(!path.exists());
    }
}
