//! Incoming webhooks: `POST /hooks/{id}`.

mod attachments;
mod bodies;
mod channels;
mod forms;
mod names;
mod owners;
mod slack;

use jackfield_tests::{Place, TestClient, TestHost, TestResponse};
use serde_json::{Value, json};

use crate::support;

/// A hook of `town-square`, and the administrator who created it.
pub(crate) struct Hook {
    pub(crate) owner: TestClient,
    pub(crate) sender: TestClient,
    pub(crate) place: Place,
    pub(crate) id: String,
}

impl Hook {
    pub(crate) async fn new(host: &TestHost) -> Self {
        Self::with(host, json!({})).await
    }

    /// Creates a hook with these settings and a channel.
    pub(crate) async fn with(host: &TestHost, mut settings: Value) -> Self {
        let owner = host.admin().await;
        let place = host.place(&owner).await;
        settings["channel_id"] = json!(place.channel_id);
        let made = owner.post("/api/v4/hooks/incoming", settings).await.expect(201);
        let id = made["id"].as_str().expect("a hook has an id").to_owned();
        Self { owner, sender: host.anonymous(), place, id }
    }

    pub(crate) async fn send(&self, content_type: Option<&str>, body: &str) -> TestResponse {
        self.sender.post_raw(&format!("/hooks/{}", self.id), content_type, body).await
    }

    pub(crate) async fn send_json(&self, payload: &Value) -> TestResponse {
        self.send(Some("application/json"), &payload.to_string()).await
    }

    /// Sends a payload that must be accepted, and returns the newest post of the hook's channel.
    pub(crate) async fn posted(&self, payload: &Value) -> Value {
        accepted(&self.send_json(payload).await);
        self.posts().await.pop().expect("the payload became a post")
    }

    /// Returns the posts of the hook's channel, oldest first.
    pub(crate) async fn posts(&self) -> Vec<Value> {
        support::posts(&self.owner, &self.place.channel_id).await
    }

    pub(crate) async fn texts(&self) -> Vec<String> {
        support::texts(&self.owner, &self.place.channel_id).await
    }
}

/// Asserts the response that senders treat as success.
#[track_caller]
pub(crate) fn accepted(response: &TestResponse) {
    assert_eq!((response.status, response.text().as_str()), (200, "ok"));
    assert_eq!(response.header("content-type"), Some("text/plain"));
}
