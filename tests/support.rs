//! Reads channels as a client does, and checks error responses.

use jackfield_tests::{TestClient, TestResponse};
use serde_json::Value;

/// An id of the right form that nothing has.
pub(crate) const UNKNOWN_ID: &str = "kkkkkkkkkkkkkkkkkkkkkkkkkk";

/// Returns a channel's posts, oldest first; at most 200. Without the server's messages about who joined or left.
pub(crate) async fn posts(reader: &TestClient, channel_id: &str) -> Vec<Value> {
    let mut posts = all_posts(reader, channel_id).await;
    posts.retain(|post| !is_about_members(post));
    posts
}

/// Whether a post is the server's message that a user joined or left.
pub(crate) fn is_about_members(post: &Value) -> bool {
    let kind = post["type"].as_str().unwrap_or_default();
    ["_channel", "_team"].iter().any(|end| kind.starts_with("system_") && kind.ends_with(end))
}

/// Returns all posts of a channel, oldest first; at most 200.
pub(crate) async fn all_posts(reader: &TestClient, channel_id: &str) -> Vec<Value> {
    let list = reader.get(&format!("/api/v4/channels/{channel_id}/posts?per_page=200")).await.expect(200);
    let mut posts = in_order(&list);
    posts.reverse();
    posts
}

/// Returns the posts of a wire list, in its order.
pub(crate) fn in_order(list: &Value) -> Vec<Value> {
    let order = list["order"].as_array().expect("a list of posts has an order");
    assert_eq!(list["posts"].as_object().map(serde_json::Map::len), Some(order.len()), "{list}");
    order.iter().map(|id| list["posts"][id.as_str().expect("ids are texts")].clone()).collect()
}

/// Returns the messages of a channel's posts, oldest first.
pub(crate) async fn texts(reader: &TestClient, channel_id: &str) -> Vec<String> {
    let said = |post: &Value| post["message"].as_str().expect("a post has a message").to_owned();
    posts(reader, channel_id).await.iter().map(said).collect()
}

/// Asserts that a response is v4's error object with this status, and returns it.
#[track_caller]
pub(crate) fn refused(response: &TestResponse, status: u16) -> Value {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"), "{}", response.text());
    let error = response.json();
    let object = error.as_object().expect("an error is an object");
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["detailed_error", "id", "message", "request_id", "status_code"], "{error}");
    assert_eq!(error["status_code"], status, "{error}");
    assert_eq!(error["request_id"].as_str(), response.header("x-request-id"), "{error}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
    error
}

/// Asserts that a response is a problem of the own API with this status, and returns it.
#[track_caller]
pub(crate) fn refused_problem(response: &TestResponse, status: u16) -> Value {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{}", response.text());
    let error = response.json();
    for key in ["type", "title", "detail", "code", "remedy"] {
        assert!(error[key].is_string(), "`{key}` is missing: {error}");
    }
    assert_eq!(error["status"], status, "{error}");
    assert_eq!(error["request_id"].as_str(), response.header("x-request-id"), "{error}");
    error
}
