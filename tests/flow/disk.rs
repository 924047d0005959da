//! What the server leaves on disk belongs to its account alone, and to one server and one key.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use jackfield_tests::{Backend, TestDatabase};
use serde_json::json;

use super::process::{Process, binary, hook};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

fn open_to_all(path: &Path) {
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("an own file");
}

/// Asserts that a directory and everything in it is closed to other accounts.
#[track_caller]
fn assert_private(path: &Path) {
    assert_eq!(mode(path) & 0o077, 0, "{} has the mode {:o}", path.display(), mode(path));
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a readable directory") {
            assert_private(&entry.expect("an entry").path());
        }
    }
}

/// Runs a command on the database's data directory and waits for its exit.
fn run(database: &TestDatabase, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).arg("--data").arg(database.folder().join("data"));
    command.args(["--database", database.url()]).output().expect("the program runs")
}

/// Runs a server that must not start, and returns why.
#[track_caller]
fn refused(database: &TestDatabase) -> String {
    let output = run(database, &["serve", "--listen", "127.0.0.1:0"]);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    complaint
}

/// Uploads a file to the channel of a new hook.
async fn upload(server: &Process) {
    let admin = server.admin().await;
    let (_, channel) = hook(&admin).await;
    let path = format!("/api/v4/files?channel_id={channel}&filename=a");
    admin.post(&path, json!("bytes")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_in_the_data_directory_is_the_accounts_alone() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let data = database.folder().join("data");
    let server = Process::start(&database).await;
    upload(&server).await;
    assert!(data.join("files/files").is_dir(), "the upload has a file");
    assert_private(&data);
    assert_eq!(mode(&database.folder().join("jackfield.db")), 0o600);
    assert_eq!(mode(&database.folder().join("jackfield.db-wal")), 0o600);
    assert_eq!(mode(&data.join("seal.key")), 0o600);
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_version_left_readable_is_tightened_at_the_start() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let data = database.folder().join("data");
    let server = Process::start(&database).await;
    server.kill().await;
    let files = ["jackfield.db", "jackfield.db-wal", "data/files", "data/seal.key", "data"];
    for name in files {
        open_to_all(&database.folder().join(name));
    }
    let server = Process::start(&database).await;
    for name in files {
        assert_eq!(mode(&database.folder().join(name)) & 0o077, 0, "{name}");
    }
    server.kill().await;
    assert_eq!(mode(&data), 0o700);
}

#[tokio::test]
async fn a_directory_that_others_share_is_no_data_directory() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let data = database.folder().join("data");
    std::fs::create_dir(&data).expect("a new directory");
    std::fs::write(data.join("notes.txt"), "").expect("a file");
    open_to_all(&data);
    let complaint = refused(&database);
    assert!(complaint.contains("name a directory of its own"), "{complaint}");
    assert_eq!(mode(&data), 0o755);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_no_folder_of_compiled_code() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    Process::start(&database).await.kill().await;
    let (folder, elsewhere) = (database.folder().join("data/compiled"), database.folder().join("elsewhere"));
    std::fs::rename(&folder, &elsewhere).expect("a folder of compiled code");
    std::os::unix::fs::symlink(&elsewhere, &folder).expect("a new link");
    let complaint = refused(&database);
    assert!(
        complaint.contains("compiled holds compiled plugins, but another account may write there"),
        "{complaint}"
    );
    std::fs::remove_file(&folder).expect("a link");
    Process::start(&database).await.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_one_sqlite_database_does_not_start() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let server = Process::start(&database).await;
    let complaint = refused(&database);
    assert!(complaint.contains("another server has the database"), "{complaint}");
    assert!(complaint.contains("jackfield.db"), "{complaint}");
    let listed = run(&database, &["admin", "list-applications"]);
    assert!(listed.status.success(), "tools work meanwhile: {listed:?}");
    server.admin().await;
    server.kill().await;
    Process::start(&database).await.kill().await;
}

async fn another_key_is_refused(backend: Backend) {
    let database = TestDatabase::make(backend).await;
    let key = database.folder().join("data/seal.key");
    Process::start(&database).await.kill().await;
    let right = std::fs::read_to_string(&key).expect("a key");

    std::fs::remove_file(&key).expect("a key");
    let complaint = refused(&database);
    assert!(complaint.contains("seal.key is missing"), "{complaint}");
    assert!(!key.exists(), "no other key is made");
    std::fs::write(&key, "0".repeat(64)).expect("a key");
    let complaint = refused(&database);
    assert!(complaint.contains("is not the key"), "{complaint}");
    assert!(!run(&database, &["admin", "list-applications"]).status.success());

    std::fs::write(&key, &right).expect("a key");
    Process::start(&database).await.kill().await;
    std::fs::write(&key, "0".repeat(64)).expect("a key");
    let replaced = run(&database, &["admin", "replace-key"]);
    assert!(replaced.status.success(), "{replaced:?}");
    Process::start(&database).await.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_or_another_key_is_refused_until_it_is_replaced_on_sqlite() {
    another_key_is_refused(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_or_another_key_is_refused_until_it_is_replaced_on_postgres() {
    another_key_is_refused(Backend::Postgres).await;
}
