//! The notification centre over the API: sending, a user's list, watching sockets, expiry and mails.

mod expiry;
mod invited;
mod live;
mod mail_server;
mod mails;
mod mails_tls;
mod own;
mod own_address;
mod send;
mod settings;

use jackfield_tests::TestClient;
use serde_json::{Value, json};

const NOTICES: &str = "/api/jackfield/v1/notices";

fn path(rest: &str) -> String {
    format!("{NOTICES}{rest}")
}

/// Sends a notice with this title as the administrator and returns its id.
async fn send(admin: &TestClient, title: &str, to: &[&TestClient]) -> String {
    let users: Vec<&str> = to.iter().map(|client| client.id()).collect();
    let sent = admin.post(NOTICES, json!({"users": users, "title": title})).await.expect(201);
    text(&sent["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

/// Returns the titles of a user's notices, newest first.
async fn titles(of: &TestClient) -> Vec<String> {
    let list = of.get(&path("?limit=200")).await.expect(200);
    list["items"].as_array().expect("a list").iter().map(|notice| text(&notice["title"])).collect()
}

/// Polls until the condition holds.
async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    jackfield_tests::soon(what, async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
