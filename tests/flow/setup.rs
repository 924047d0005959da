//! A server without accounts tells its operator, not a stranger, how to create the first one.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use jackfield_tests::{Backend, TestDatabase};
use serde_json::json;

use super::process::Process;

async fn started(database: &TestDatabase, log: &Path) -> Process {
    let file = File::create(log).expect("a log file");
    Process::start_with_log(database, Stdio::from(file)).await
}

/// Reads the log until a line contains this text, and returns that line.
async fn line_with(log: &Path, text: &str) -> String {
    let found = async {
        loop {
            let read = std::fs::read_to_string(log).expect("a readable log");
            if let Some(line) = read.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            tokio::task::yield_now().await;
        }
    };
    jackfield_tests::soon(text, found).await
}

#[tokio::test]
async fn the_log_has_the_token_for_the_first_account_of_a_remote_client() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let log = database.folder().join("log");
    let server = started(&database, &log).await;
    let line = line_with(&log, "/api/v4/users?t=").await;
    let (_, token) = line.rsplit_once("?t=").expect("a token");
    let token: String = token.chars().take_while(char::is_ascii_alphanumeric).collect();
    let remote = server.anonymous().forwarded_for("203.0.113.7");
    let account = |name: &str| json!({"username": name, "email": format!("{name}@example.org"), "password": "long enough"});
    remote.post("/api/v4/users", account("thief")).await.expect(403);
    let first = remote.post(&format!("/api/v4/users?t={token}"), account("first")).await.expect(201);
    assert_eq!(first["roles"], "system_admin system_user");
    // The token makes one account.
    remote.post(&format!("/api/v4/users?t={token}"), account("second")).await.expect(404);
    server.kill().await;
    // With an account, the next start says nothing of it.
    let server = started(&database, &log).await;
    server.anonymous().get("/healthz").await.expect(200);
    server.terminate().await;
    server.ended().await;
    assert!(!std::fs::read_to_string(&log).expect("a readable log").contains("?t="));
}

#[tokio::test]
async fn a_database_that_lost_its_accounts_is_reported_as_an_error() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let log = database.folder().join("log");
    let server = started(&database, &log).await;
    server.admin().await;
    server.terminate().await;
    server.ended().await;
    for file in ["jackfield.db", "jackfield.db-wal", "jackfield.db-shm"] {
        // The last two exist only if the server did not close the database.
        drop(std::fs::remove_file(database.folder().join(file)));
    }
    let server = started(&database, &log).await;
    let line = line_with(&log, "the data directory has been used before").await;
    assert!(line.contains("ERROR"), "{line}");
    server.kill().await;
}
