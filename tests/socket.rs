//! `GET /api/v4/websocket` in detail: resuming, requests of clients, and the ends of sockets.

mod actions;
mod ends;
mod resume;

use jackfield_tests::{Place, TestClient, TestHost, TestSocket};
use serde_json::{Value, json};

/// Connects with a token in the upgrade, and resumes a connection.
async fn resume(host: &TestHost, client: &TestClient, connection_id: &str, sequence: u64) -> TestSocket {
    let bearer = format!("Bearer {}", client.token());
    let query = format!("?connection_id={connection_id}&sequence_number={sequence}");
    TestSocket::connect_raw(host, &[("Authorization", &bearer)], &query).await.expect("an upgrade")
}

fn connection_id(socket: &TestSocket) -> String {
    socket.hello["data"]["connection_id"].as_str().expect("`hello` names the connection").to_owned()
}

async fn say(by: &TestClient, place: &Place, text: &str) {
    by.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": text})).await.expect(201);
}

/// Expects this post under this number as the next frame.
async fn expect_post(socket: &mut TestSocket, seq: u64, text: &str) {
    let event = socket.event("posted").await;
    let post: Value = serde_json::from_str(event["data"]["post"].as_str().expect("a text")).expect("JSON");
    assert_eq!((&event["seq"], post["message"].as_str()), (&json!(seq), Some(text)));
}

/// The administrator and anna, both in `town-square`.
async fn two(host: &TestHost) -> (TestClient, TestClient, Place) {
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    let anna = host.user("anna").await;
    host.place(&anna).await;
    (admin, anna, place)
}
