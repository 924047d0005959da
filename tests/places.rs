//! Teams, channels and their members over the API.

mod channels;
mod conversion;
mod create;
mod direct;
mod hidden;
mod lists;
mod members;
mod mentions;
mod pictures;
mod sidebar;
mod system_posts;
mod tags;
mod teams;
mod unread;

use jackfield_tests::{Place, TestClient, TestHost};
use serde_json::{Value, json};

/// The administrator, who created the team, and its ordinary members anna and bob.
struct Three {
    admin: TestClient,
    anna: TestClient,
    bob: TestClient,
    place: Place,
}

impl Three {
    async fn new(host: &TestHost) -> Self {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        Self { admin, anna, bob, place }
    }
}

#[track_caller]
fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap_or_else(|| panic!("no id: {thing}"))
}

/// Returns the values of `key` in the items of a list.
#[track_caller]
fn each<'l>(list: &'l Value, key: &str) -> Vec<&'l str> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|thing| thing[key].as_str().unwrap_or_else(|| panic!("no `{key}`: {thing}"))).collect()
}

async fn say(by: &TestClient, channel: &str, text: &str) -> Value {
    by.post("/api/v4/posts", json!({"channel_id": channel, "message": text})).await.expect(201)
}

async fn direct(by: &TestClient, other: &TestClient) -> Value {
    by.post("/api/v4/channels/direct", json!([by.id(), other.id()])).await.expect(201)
}
