//! Posts over the API: creating, changing, reading, reactions and search.

mod about;
mod clock;
mod create;
mod drafts;
mod edit;
mod events;
mod flagged;
mod large;
mod lists;
mod reactions;
mod read;
mod search;
mod tags;
mod threads;

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost};
use serde_json::{Value, json};

use crate::support;

/// Creates a post with this text, one millisecond after the previous one.
async fn say(host: &TestHost, client: &TestClient, channel: &str, text: &str) -> Value {
    host.clock.advance(Duration::from_millis(1));
    client.post("/api/v4/posts", json!({"channel_id": channel, "message": text})).await.expect(201)
}

/// Creates a reply in a post's thread, one millisecond later.
async fn reply_to(host: &TestHost, client: &TestClient, root: &Value, text: &str) -> Value {
    host.clock.advance(Duration::from_millis(1));
    let post = json!({"channel_id": root["channel_id"], "root_id": root["id"], "message": text});
    client.post("/api/v4/posts", post).await.expect(201)
}

/// Returns the address of a post.
fn at(post: &Value) -> String {
    format!("/api/v4/posts/{}", id(post))
}

#[track_caller]
fn id(post: &Value) -> &str {
    post["id"].as_str().expect("a post has an id")
}

/// Returns the texts of a list, in its order. Without the server's messages about who joined or left.
fn texts(list: &Value) -> Vec<String> {
    let order = list["order"].as_array().expect("a list has an order");
    let posts = order.iter().map(|id| &list["posts"][id.as_str().expect("ids are texts")]);
    let text = |post: &Value| post["message"].as_str().expect("a listed post is among the posts").to_owned();
    posts.filter(|post| !support::is_about_members(post)).map(text).collect()
}
