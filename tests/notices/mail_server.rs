//! A third-party mail server (aiosmtpd), and a host that sends its mails there.

use std::process::Stdio;

use jackfield::config::Config;
use jackfield::secret::Secret;
use jackfield_tests::{Backend, Fixture, TestClient, TestHost, soon};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use super::{path, text, until};
use crate::clients::python;

pub(super) const MAILS: &str = "/api/jackfield/v1/mails";

/// A fixture for tests that start their own host.
#[derive(Debug)]
pub(super) struct On(pub(super) Backend);

/// A running mail server. It is killed when dropped.
#[derive(Debug)]
pub(super) struct MailServer {
    pub(super) port: u64,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Fixture for On {
    async fn begin(backend: Backend) -> Self {
        Self(backend)
    }
}

impl MailServer {
    pub(super) async fn start(arguments: &[&str]) -> Self {
        let mut command = python("mail_server.py");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the mail server starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut server = Self { port: 0, lines, _child: child };
        server.port = server.next().await["port"].as_u64().expect("the mail server says where it listens");
        server
    }

    /// Returns the next mail that the server accepted or refused.
    pub(super) async fn next(&mut self) -> Value {
        let line =
            soon("the mail server's next line", self.lines.next_line()).await.expect("readable output");
        let line = line.expect("the mail server runs; `cargo xtask test` prepares what it needs");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("not JSON ({error}): {line}"))
    }
}

/// Starts a host that sends its mails to this address.
pub(super) async fn host_with(backend: Backend, url: &str, change: impl FnOnce(&mut Config)) -> TestHost {
    let url = Secret::new(url);
    TestHost::start_with(backend, |config| {
        config.mail.url = url;
        config.mail.from = "Jackfield <jackfield@example.org>".to_owned();
        config.server.site_url = "https://chat.example.org".to_owned();
        config.access.session_hours = 10_000;
        change(config);
    })
    .await
}

/// Starts a mail server with these arguments, and a host that uses it without TLS.
pub(super) async fn both(backend: Backend, arguments: &[&str]) -> (MailServer, TestHost) {
    let server = MailServer::start(arguments).await;
    let host = host_with(backend, &format!("smtp://127.0.0.1:{}?tls=none", server.port), |_| {}).await;
    (server, host)
}

pub(super) async fn choose(client: &TestClient, choice: &str) {
    let chosen = client.put(&path("/settings"), json!({"mail": choice})).await.expect(200);
    assert_eq!(chosen, json!({"mail": choice, "mail_available": true}));
}

/// Waits until the only mail is in this state after this many attempts, with none under way, and returns it.
pub(super) async fn mail_in(host: &TestHost, state: &str, attempts: u64) -> Value {
    let admin = host.admin().await;
    let only = async || {
        let list = admin.get(MAILS).await.expect(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
        list["items"][0].clone()
    };
    until(&format!("the mail is {state} after {attempts} attempts"), async || {
        let mail = only().await;
        let settled = state != "waiting" || mail["next_at"].as_i64() > Some(host.clock.now().as_millis());
        mail["state"] == state && mail["attempts"] == attempts && settled
    })
    .await;
    only().await
}

/// Returns the first line of a mail's text.
pub(super) fn first_line(mail: &Value) -> String {
    text(&mail["text"]).lines().next().unwrap_or_default().to_owned()
}
