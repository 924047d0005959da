//! Follows `sdk/README.md` from `jackfield plugin new` to a reply, with the program's own commands and server, for each
//! kind of template.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use jackfield_tests::{Backend, TestDatabase};
use serde_json::{Value, json};
use tokio::process::Command;

use super::client::Client;
use super::process::{Process, binary, hook};
use crate::support;

/// The lock file with the versions of all dependencies of plugins.
const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");

/// A template, and what a plugin created from it must report.
struct Template {
    name: &'static str,
    kind: &'static str,
    /// The test of the plugin that must run.
    test: &'static str,
    trigger: &'static str,
}

const COMMAND: Template = Template {
    name: "greeter",
    kind: "command",
    test: "tests::the_reply_greets_whom_the_command_names ... ok",
    trigger: "answers the command /greeter",
};

const BRIDGE: Template = Template {
    name: "watcher",
    kind: "bridge",
    test: "tests::says_the_title ... ok",
    trigger: "receives the bridge watcher (its secret address is the only proof)",
};

/// Runs a program in a folder and waits for its exit.
async fn ran(program: impl AsRef<OsStr>, folder: &Path, arguments: &[&str]) -> Output {
    let target = binary().ancestors().nth(2).expect("target/debug/jackfield").to_owned();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    // All dependencies of plugins are present, so nothing is downloaded.
    command.env("CARGO_TARGET_DIR", target).env("CARGO_NET_OFFLINE", "true");
    command.output().await.expect("the program runs")
}

/// Returns the stdout of a program that must succeed.
#[track_caller]
fn said(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}\n{said}\n{complaint}", output.status);
    said
}

/// Returns the stderr of a program that must fail.
#[track_caller]
fn stderr_of(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Creates a plugin, tests, builds and inspects it, and returns its package.
async fn built(folder: &Path, kind: &Template) -> PathBuf {
    let program = binary();
    said(&ran(&program, folder, &["plugin", "new", kind.name, "--kind", kind.kind]).await);
    let again = ran(&program, folder, &["plugin", "new", kind.name]).await;
    assert!(stderr_of(&again).contains(&format!("{} exists already", kind.name)));
    let folder = folder.join(kind.name);
    std::fs::copy(LOCK, folder.join("Cargo.lock")).expect("a file of its own");

    let tested = said(&ran("cargo", &folder, &["test"]).await);
    assert!(tested.contains(kind.test), "{tested}");

    let file = format!("{}.wasm", kind.name);
    assert_eq!(said(&ran(&program, &folder, &["plugin", "build"]).await), format!("./{file}\n"));
    let inspected = said(&ran(&program, &folder, &["plugin", "inspect", &file]).await);
    let begins = format!("com.example.{} 0.1.0\n\nIt runs when it:\n  - {}\n", kind.name, kind.trigger);
    assert!(inspected.starts_with(&begins), "{inspected}");
    let facts = said(&ran(&program, &folder, &["plugin", "inspect", &file, "--json"]).await);
    let facts: Value = serde_json::from_str(&facts).expect("JSON");
    let sheet = &facts["sheet"];
    assert_eq!((&sheet["permissions"], &sheet["triggers"]), (&json!([]), &json!([kind.trigger])));
    folder.join(file)
}

/// Installs a package. The test has no terminal, so `--yes` gives the consent.
async fn install(server: &Process, admin: &Client, package: &Path, kind: &Template) {
    let folder = package.parent().expect("a folder");
    let file = package.file_name().and_then(OsStr::to_str).expect("a file's name");
    let arguments = ["plugin", "install", file, "--server", &server.url, "--token", admin.token()];
    let asked = ran(binary(), folder, &arguments).await;
    assert!(stderr_of(&asked).contains("add --yes"), "{asked:?}");
    let strange = ["plugin", "install", file, "--yes", "--server", &server.url, "--token", "unknown"];
    let refused = ran(binary(), folder, &strange).await;
    assert!(stderr_of(&refused).contains("the server refused (401 Unauthorized): "), "{refused:?}");
    assert!(!listed(server, admin, folder).await.contains(kind.name), "nothing was sent");

    let installed = said(&ran(binary(), folder, &[&arguments[..], &["--yes"]].concat()).await);
    assert!(installed.contains(kind.trigger), "{installed}");
    assert!(installed.ends_with(&format!("\ncom.example.{} 0.1.0 is enabled\n", kind.name)), "{installed}");
    let line = format!("{:40} {:12} enabled\n", format!("com.example.{}", kind.name), "0.1.0");
    let list = listed(server, admin, folder).await;
    assert!(list.contains(&line), "{list}");
}

async fn listed(server: &Process, admin: &Client, folder: &Path) -> String {
    let arguments = ["plugin", "list", "--server", &server.url, "--token", admin.token()];
    said(&ran(binary(), folder, &arguments).await)
}

async fn assert_plugins_work(backend: Backend, command: &Path, bridge: &Path) {
    let database = TestDatabase::make(backend).await;
    let server = Process::start(&database).await;
    let admin = server.admin().await;
    let (_, channel) = hook(&admin).await;

    install(&server, &admin, command, &COMMAND).await;
    let line = json!({"channel_id": channel, "command": "/greeter friends"});
    let response = admin.post("/api/v4/commands/execute", line).await.expect(200);
    assert_eq!(response["text"], "**admin** greets friends.");

    install(&server, &admin, bridge, &BRIDGE).await;
    let asked = json!({"plugin": "com.example.watcher", "bridge": "watcher", "channel_id": channel});
    let made = admin.post("/api/jackfield/v1/bridges", asked).await.expect(201);
    let path = format!("/hooks/{}", made["id"].as_str().expect("a bridge has an id"));
    for event in [json!({"title": "It works"}), json!({})] {
        assert_eq!(server.anonymous().post(&path, event).await.status, 200);
    }
    let list = admin.get(&format!("/api/v4/channels/{channel}/posts")).await.expect(200);
    let texts: Vec<Value> = support::in_order(&list).iter().map(|post| post["message"].clone()).collect();
    assert_eq!(texts, ["It works", "**admin** greets friends.", "admin joined the team."]);
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_plugin_of_each_kind_is_tested_built_inspected_installed_and_answers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (command, bridge) = (built(folder.path(), &COMMAND).await, built(folder.path(), &BRIDGE).await);
    for backend in [Backend::Sqlite, Backend::Postgres] {
        assert_plugins_work(backend, &command, &bridge).await;
    }
}
