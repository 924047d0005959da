//! A notice that was delivered but not acknowledged when the server was killed arrives again under the same id.

use futures_util::{SinkExt, StreamExt};
use jackfield_tests::{Backend, Message, TestDatabase, soon};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::client::Client;
use super::process::Process;

const NOTICES: &str = "/api/jackfield/v1/notices";

/// Watches on a new socket, acknowledges on request, and returns the ids of the notices it receives.
async fn watch(server: &Process, admin: &Client, acknowledge: bool) -> Vec<String> {
    let address = server.url.replacen("http://", "ws://", 1);
    let mut request = format!("{address}/api/v4/websocket").into_client_request().expect("an address");
    let bearer = format!("Bearer {}", admin.token()).parse().expect("a header");
    request.headers_mut().insert("authorization", bearer);
    let (mut socket, _) = soon("the upgrade", connect_async(request)).await.expect("a socket");
    let mut ask = async |action: &str, data: Value, until: &str| {
        let frame = json!({"seq": 1, "action": action, "data": data}).to_string();
        socket.send(Message::text(frame)).await.expect("the socket takes a message");
        loop {
            let message = soon("a frame", socket.next()).await.expect("open").expect("readable");
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text).expect("JSON");
            if !frame[until].is_null() && frame["event"] != "hello" {
                return frame;
            }
        }
    };
    let pushed = ask("jackfield_watch", json!({"topics": ["notice"]}), "event").await;
    assert_eq!(pushed["event"], "jackfield_notice", "{pushed}");
    let notices = pushed["data"]["notices"].as_array().expect("a list");
    let ids: Vec<String> = notices.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
    if acknowledge {
        let reply = ask("jackfield_notice_ack", json!({"ids": ids}), "seq_reply").await;
        assert_eq!(reply["data"], json!({"acknowledged": ids.len(), "pending": 0}), "{reply}");
    }
    ids
}

async fn pending(client: &Client) -> Value {
    client.get(NOTICES).await.expect(200)["pending"].clone()
}

async fn a_notice_survives_until_it_is_acknowledged(backend: Backend) {
    let database = TestDatabase::make(backend).await;
    let server = Process::start(&database).await;
    let admin = server.admin().await;
    let me = admin.get("/api/v4/users/me").await.expect(200);
    let sent = admin.post(NOTICES, json!({"users": [me["id"]], "title": "x"})).await.expect(201);
    let id = sent["id"].as_str().expect("an id").to_owned();
    assert_eq!(watch(&server, &admin, false).await, std::slice::from_ref(&id));
    server.kill().await;

    let server = Process::start(&database).await;
    let admin = server.admin().await;
    assert_eq!(pending(&admin).await, 1);
    // The id stays the same, so a client that has shown the notice does not show it again.
    assert_eq!(watch(&server, &admin, true).await, std::slice::from_ref(&id));
    server.kill().await;

    let server = Process::start(&database).await;
    let admin = server.admin().await;
    let list = admin.get(NOTICES).await.expect(200);
    assert_eq!((&list["pending"], &list["unread"]), (&json!(0), &json!(1)));
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list["items"][0]["id"], id);
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t64_a_notice_survives_kill_9_until_it_is_acknowledged_on_sqlite() {
    a_notice_survives_until_it_is_acknowledged(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t64_a_notice_survives_kill_9_until_it_is_acknowledged_on_postgres() {
    a_notice_survives_until_it_is_acknowledged(Backend::Postgres).await;
}
