//! `GET /api/v4/websocket`: signing in, requests, events, resuming after a lost socket, and the end of a socket.

mod actions;
mod ends;
mod events;
mod requests;
mod resume;
mod sign_in;

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

/// A post in a channel, made over the API.
async fn say(by: &TestClient, place: &Place, text: &str) -> Value {
    by.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": text})).await.expect(201)
}

/// Expects this post under this number as the next frame.
async fn expect_post(socket: &mut TestSocket, seq: u64, text: &str) {
    let event = socket.event("posted").await;
    let post = post_in(&event);
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

/// The post inside an event's data, which is a text of JSON.
#[track_caller]
fn post_in(event: &Value) -> Value {
    serde_json::from_str(event["data"]["post"].as_str().expect("`post` is a text"))
        .expect("`post` holds JSON")
}
