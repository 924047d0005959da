//! No log line contains a key or a token, at any log level.

use std::process::Stdio;

use jackfield_tests::{Backend, TestDatabase, soon};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::token;

async fn nothing_in_the_logs(backend: Backend) {
    let database = TestDatabase::make(backend).await;
    let data = database.folder().join("data").display().to_string();
    let own = ["--data", data.as_str(), "--database", database.url()];
    let binary = crate::flow::binary();
    let mut create = Command::new(&binary);
    create.args(["admin", "create-application", "ci", "CI", "--free"]).args(own);
    let made = soon("the application is made", create.output()).await.expect("the program runs");
    let key = String::from_utf8_lossy(&made.stdout).trim_end().to_owned();
    assert_eq!(key.len(), 32, "{made:?}");
    let log = database.folder().join("log");
    let mut serve = Command::new(&binary);
    serve.arg("serve").args(own).args(["--listen", "127.0.0.1:0"]);
    serve
        .env("JACKFIELD__TELEMETRY__LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    serve.stderr(std::fs::File::create(&log).expect("a file"));
    let mut child = serve.spawn().expect("the server starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let line = soon("the first line", lines.next_line()).await.expect("readable").expect("a line");
    let url = line.strip_prefix("listening on ").expect("an address").to_owned();
    let queries =
        ["m=im&f=getGroupChats&code=ci", "m=im&f=sendNotification&code=ci", "m=im&f=nothing&code=ci"];
    let mut tokens = Vec::new();
    for query in queries {
        for key in [key.as_str(), "wrong"] {
            let token = token(query, key);
            for path in ["api.php", "x.php", "im/getChatGroups"] {
                let address = format!("{url}/{path}?{query}&token={token}");
                let mut curl = Command::new("curl");
                curl.args(["-sS", "--noproxy", "*", "--data", "{}", &address]);
                let response = soon("a response", curl.output()).await.expect("curl runs");
                assert!(response.status.success() && response.stdout.starts_with(b"{"), "{response:?}");
            }
            tokens.push(token);
        }
    }
    soon("the server ends", child.kill()).await.expect("it can be killed");
    let log = std::fs::read_to_string(&log).expect("a log");
    assert!(log.len() > 10_000, "little was logged: {log}");
    assert!(!log.contains(&key), "the key is in the log");
    for token in tokens {
        assert!(!log.contains(&token), "a token is in the log");
    }
}

#[tokio::test]
async fn t67_no_key_and_no_token_is_logged_sqlite() {
    nothing_in_the_logs(Backend::Sqlite).await;
}

#[tokio::test]
async fn t67_no_key_and_no_token_is_logged_postgres() {
    nothing_in_the_logs(Backend::Postgres).await;
}
