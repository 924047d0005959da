//! `GET /api/v4/websocket`: sign-in, requests, events, resuming after a lost socket, and closing.

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

/// Creates a post in a channel over the API.
async fn say(by: &TestClient, place: &Place, text: &str) -> Value {
    by.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": text})).await.expect(201)
}

/// Expects this post with this sequence number as the next frame.
async fn expect_post(socket: &mut TestSocket, seq: u64, text: &str) {
    let event = socket.event("posted").await;
    let post = post_in(&event);
    assert_eq!((&event["seq"], post["message"].as_str()), (&json!(seq), Some(text)));
}

/// Signs in the administrator and anna, both in `town-square`.
async fn two(host: &TestHost) -> (TestClient, TestClient, Place) {
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    let anna = host.user("anna").await;
    host.place(&anna).await;
    (admin, anna, place)
}

/// Returns the post in an event's data, where it is a JSON string.
#[track_caller]
fn post_in(event: &Value) -> Value {
    serde_json::from_str(event["data"]["post"].as_str().expect("`post` is a text"))
        .expect("`post` holds JSON")
}
