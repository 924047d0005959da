//! Third-party Mattermost clients work with this host, run as their users run them.
//!
//! The scripts in `tests/clients/` consist of steps, each of which needs only an account. They run in a separate
//! process; `cargo xtask test` installs their dependencies.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;
use tokio::process::Command;

/// The folder of the prepared clients.
const CLIENTS: &str = "JACKFIELD_TEST_CLIENTS";

/// A guard against hanging; all steps together take a few seconds.
const PATIENCE: Duration = Duration::from_mins(2);

const PYTHON_STEPS: &[&str] =
    &["login", "places", "post", "thread", "events", "edit", "react", "upload", "search", "changes"];
const NODE_STEPS: &[&str] = &[
    "login",
    "places",
    "post",
    "thread",
    "events",
    "resume",
    "edit",
    "react",
    "upload",
    "search",
    "changes",
    "emoji",
    "threads",
    "sidebar",
    "application",
    "absent",
];

const GO_STEPS: &[&str] = &[
    "login",
    "places",
    "channels",
    "posts",
    "events",
    "reactions",
    "uploads",
    "threads",
    "categories",
    "preferences",
    "people",
    "drafts",
    "admin",
    "absent",
];

/// Runs a script's steps against a host as anna, with the administrator as the other user.
async fn run(host: &TestHost, mut command: Command, steps: &[&str]) {
    let admin = host.admin().await;
    host.place(&admin).await;
    let anna = host.user("anna").await;
    host.place(&anna).await;
    let tokens = format!("/api/v4/users/{}/tokens", anna.id());
    let made = anna.post(&tokens, json!({"description": "client"})).await.expect(200);
    command
        .args(steps)
        .env("JACKFIELD_URL", &host.url)
        .env("JACKFIELD_USERNAME", "anna")
        .env("JACKFIELD_PASSWORD", "password-of-anna")
        .env("JACKFIELD_TOKEN", made["token"].as_str().expect("a token"))
        .env("JACKFIELD_OTHER_TOKEN", admin.token())
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let Ok(output) = tokio::time::timeout(PATIENCE, command.output()).await else {
        panic!("{command:?}: still running after {} s", PATIENCE.as_secs());
    };
    let output = output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    let done: Vec<&str> = stdout.lines().collect();
    let expected: Vec<String> = steps.iter().map(|step| format!("{step}: ok")).collect();
    assert_eq!(done, expected, "{stderr}");
}

each_backend! {
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
    async fn mattermostdriver_works(host: TestHost) {
        run(&host, python("driver.py"), PYTHON_STEPS).await;
    }
}

each_backend! {
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
    async fn mattermost_client_works(host: TestHost) {
        let mut node = Command::new("node");
        node.env("JACKFIELD_NODE_MODULES", prepared().join("node/node_modules")).arg(script("node/client.mjs"));
        run(&host, node, NODE_STEPS).await;
    }
}

each_backend! {
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
    async fn go_client_works(host: TestHost) {
        run(&host, Command::new(prepared().join("go/client")), GO_STEPS).await;
    }
}

/// Returns a command for a script of `tests/clients/python`, with its installed packages.
pub(crate) fn python(name: &str) -> Command {
    let folder = prepared().join("python");
    let own = folder.join("bin/python");
    // Without a virtual environment, the packages belong to the system's interpreter.
    let mut python = Command::new(if own.exists() { own } else { "python3".into() });
    python.env("PYTHONPATH", folder.join("packages")).arg(script("python").join(name));
    python
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but such variables")]
fn prepared() -> PathBuf {
    match std::env::var_os(CLIENTS) {
        Some(folder) => folder.into(),
        None => panic!("run `cargo xtask test`, or set {CLIENTS} to what its step `clients` prepares"),
    }
}
