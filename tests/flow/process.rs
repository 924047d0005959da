//! `jackfield serve` in a separate process.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use jackfield_tests::{TestDatabase, soon};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::client::Client;

/// A server on a test's database. It is killed when dropped.
pub(crate) struct Process {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    pub(crate) url: String,
}

/// Returns the path of the binary, which is next to the folder of this test program.
pub(crate) fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("this test's own path");
    let folder = own.parent().and_then(std::path::Path::parent).expect("target/debug/deps");
    let binary = folder.join("jackfield");
    assert!(binary.is_file(), "{} is not there: run `cargo build -p jackfield`", binary.display());
    binary
}

impl Process {
    /// Starts a server and waits for the line with its address.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &[], Stdio::null()).await
    }

    /// Starts a server whose log goes to `log`.
    pub(super) async fn start_with_log(database: &TestDatabase, log: Stdio) -> Self {
        Self::start_with(database, &[], log).await
    }

    /// Starts a server with these variables in its environment, whose log goes to `log`.
    pub(crate) async fn start_with(database: &TestDatabase, variables: &[(&str, &str)], log: Stdio) -> Self {
        let mut command = Command::new(binary());
        command.envs(variables.iter().copied());
        Self::start_by(command, database, log).await
    }

    /// Starts a server that may open this many files.
    pub(crate) async fn start_with_files(database: &TestDatabase, files: usize) -> Self {
        Self::start_under(database, &format!("-n {files}")).await
    }

    /// Starts a server that may open this many files until it raises the limit.
    pub(crate) async fn start_with_soft_limit(database: &TestDatabase, files: usize) -> Self {
        Self::start_under(database, &format!("-Sn {files}")).await
    }

    async fn start_under(database: &TestDatabase, limit: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("ulimit {limit} && exec \"$0\" \"$@\"")).arg(binary());
        Self::start_by(shell, database, Stdio::null()).await
    }

    async fn start_by(mut command: Command, database: &TestDatabase, log: Stdio) -> Self {
        let data = database.folder().join("data");
        command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
        command.args(["--database", database.url()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().expect("the server starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = soon("the server's first line", stdout.next_line()).await.expect("readable output");
        let line = line.expect("the server says where it listens");
        let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("`{line}`")).to_owned();
        Self { child, stdout, url }
    }

    /// Kills the server, as a power cut does.
    pub(crate) async fn kill(mut self) {
        soon("the killed server's end", self.child.kill()).await.expect("the server can be killed");
    }

    /// Requests an orderly stop.
    pub(crate) async fn terminate(&self) {
        let id = self.child.id().expect("the server still runs").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.expect("`kill` runs");
        assert!(sent.success(), "{sent}");
    }

    /// Waits for the exit and returns its status and the rest of stdout.
    pub(crate) async fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let status = soon("the server's end", self.child.wait()).await.expect("an exit status");
        let mut lines = Vec::new();
        while let Some(line) = self.stdout.next_line().await.expect("readable output") {
            lines.push(line);
        }
        (status, lines)
    }

    /// Returns the most memory that the server had resident so far, in MiB; `None` where the system does not tell.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib / 1024)
    }

    /// Returns how many files the server may open, and how many the system would permit; `None` where the system does
    /// not tell.
    pub(crate) fn open_files(&self) -> Option<(u64, u64)> {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id()?)).ok()?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        let mut limits = line.split_whitespace().map(|limit| limit.parse().unwrap_or(u64::MAX));
        Some((limits.next()?, limits.next()?))
    }

    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url)
    }

    /// Signs in as the administrator, and creates the account if there is none.
    pub(crate) async fn admin(&self) -> Client {
        let anonymous = self.anonymous();
        let account =
            json!({"username": "admin", "email": "admin@example.org", "password": "password-of-admin"});
        let made = anonymous.post("/api/v4/users", account).await;
        assert!(matches!(made.status, 201 | 403), "{made:?}");
        let login = json!({"login_id": "admin", "password": "password-of-admin"});
        let response = anonymous.post("/api/v4/users/login", login).await;
        response.expect(200);
        anonymous.with_token(response.header("token").expect("a token"))
    }
}

/// Creates a hook of a new team's `town-square` and returns its address and its channel's id.
pub(super) async fn hook(admin: &Client) -> (String, String) {
    let team = json!({"name": "main", "display_name": "Main", "type": "O"});
    let team = admin.post("/api/v4/teams", team).await.expect(201);
    let channel = format!("/api/v4/teams/{}/channels/name/town-square", text(&team, "id"));
    let channel = admin.get(&channel).await.expect(200);
    let hook = admin.post("/api/v4/hooks/incoming", json!({"channel_id": channel["id"]})).await.expect(201);
    (format!("/hooks/{}", text(&hook, "id")), text(&channel, "id"))
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` in {value}")).to_owned()
}
