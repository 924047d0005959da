//! What was accepted is delivered although the server is killed.

use std::process::Stdio;

use jackfield_tests::{Backend, TestDatabase};
use serde_json::json;

use super::receiver::{Receiver, Reply};
use super::{HOOKS, text};
use crate::flow::{Client, Process};

/// Allows requests to receivers on this machine.
const LOCAL: [(&str, &str); 1] = [("JACKFIELD__EGRESS__ALLOW_NETWORKS", "127.0.0.0/8")];

async fn start(database: &TestDatabase) -> Process {
    Process::start_with(database, &LOCAL, Stdio::null()).await
}

/// Creates a hook of a new team's `town-square`, and posts there.
async fn fire(admin: &Client, receiver: &Receiver) {
    let team = json!({"name": "main", "display_name": "Main", "type": "O"});
    let team = admin.post("/api/v4/teams", team).await.expect(201);
    let channel = format!("/api/v4/teams/{}/channels/name/town-square", text(&team["id"]));
    let channel = admin.get(&channel).await.expect(200);
    let hook = json!({
        "team_id": team["id"], "channel_id": channel["id"], "callback_urls": [receiver.url("/out")],
    });
    admin.post(HOOKS, hook).await.expect(201);
    let post = json!({"channel_id": channel["id"], "message": "x"});
    admin.post("/api/v4/posts", post).await.expect(201);
}

/// T16: the server is killed while an attempt is under way. A new one sends the same delivery again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t16_a_delivery_under_way_is_sent_again_after_kill_9_on_sqlite() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let receiver = Receiver::start().await;
    receiver.answer([Reply::Hang]);
    let server = start(&database).await;
    fire(&server.admin().await, &receiver).await;
    let first = receiver.next().await;
    server.kill().await;
    let server = start(&database).await;
    let again = receiver.next().await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.body, first.body);
    server.kill().await;
}

/// T15: the server is killed before the next attempt. A new one makes it.
async fn a_waiting_delivery_survives(backend: Backend) {
    let database = TestDatabase::make(backend).await;
    let receiver = Receiver::start().await;
    receiver.answer([Reply::status(500)]);
    let server = start(&database).await;
    fire(&server.admin().await, &receiver).await;
    let first = receiver.next().await;
    // The response may not be recorded yet; then the attempt is repeated when its lease has ended.
    let admin = server.admin().await;
    let hooks = admin.get(HOOKS).await.expect(200);
    let path = format!("{}/deliveries?hook={}", super::OWN, text(&hooks[0]["id"]));
    while admin.get(&path).await.expect(200)["items"][0]["last_error"] == "" {
        tokio::task::yield_now().await;
    }
    server.kill().await;
    let server = start(&database).await;
    let again = receiver.next().await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t15_a_waiting_delivery_survives_kill_9_on_sqlite() {
    a_waiting_delivery_survives(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t15_a_waiting_delivery_survives_kill_9_on_postgres() {
    a_waiting_delivery_survives(Backend::Postgres).await;
}
