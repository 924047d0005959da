//! `GET /api/v4/websocket`: signing in, requests, and events.

mod events;
mod requests;
mod sign_in;

use jackfield_tests::{Place, TestClient, TestHost};
use serde_json::{Value, json};

/// A post in a channel, made over the API.
async fn say(by: &TestClient, place: &Place, text: &str) -> Value {
    by.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": text})).await.expect(201)
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
