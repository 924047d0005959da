//! Outgoing webhooks: which posts fire them, what receivers get, what becomes of their responses, and of failures.

mod bodies;
mod crash;
mod failures;
mod fires;
mod own_api;
mod receiver;
mod replies;
mod rest;
mod signatures;

use jackfield::config::Config;
use jackfield_tests::{Place, TestClient, TestHost, soon};
use serde_json::{Value, json};

use self::receiver::Receiver;
use crate::support;

pub(crate) const HOOKS: &str = "/api/v4/hooks/outgoing";
pub(crate) const OWN: &str = "/api/jackfield/v1";

/// Allows requests to receivers on this machine.
pub(crate) fn local(config: &mut Config) {
    config.egress.allow_networks = vec!["127.0.0.0/8".parse().expect("a network")];
}

/// A team's `town-square`, its administrator, and a receiver.
pub(crate) struct Scene<'h> {
    pub(crate) host: &'h TestHost,
    pub(crate) admin: TestClient,
    pub(crate) place: Place,
    pub(crate) receiver: Receiver,
}

impl<'h> Scene<'h> {
    pub(crate) async fn new(host: &'h TestHost) -> Self {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        Self { host, admin, place, receiver: Receiver::start().await }
    }

    /// Creates a hook that sends to the receiver. Its channel is `town-square`, unless the settings say otherwise.
    pub(crate) async fn hook(&self, settings: Value) -> Value {
        self.admin.post(HOOKS, self.request(settings)).await.expect(201)
    }

    /// Returns the request that creates a hook with these settings.
    pub(crate) fn request(&self, settings: Value) -> Value {
        let mut request = json!({
            "team_id": self.place.team_id, "channel_id": self.place.channel_id, "display_name": "outdoor",
            "callback_urls": [self.receiver.url("/out")],
        });
        let settings: serde_json::Map<String, Value> = serde_json::from_value(settings).expect("an object");
        for (key, value) in settings {
            request[key] = value;
        }
        request
    }

    pub(crate) async fn post(&self, text: &str) -> Value {
        self.post_with(json!({"message": text})).await
    }

    /// Creates a post of `town-square`, unless the settings name another channel.
    pub(crate) async fn post_with(&self, mut settings: Value) -> Value {
        if settings["channel_id"].is_null() {
            settings["channel_id"] = json!(self.place.channel_id);
        }
        self.admin.post("/api/v4/posts", settings).await.expect(201)
    }

    /// Returns the posts of `town-square`, oldest first.
    pub(crate) async fn posts(&self) -> Vec<Value> {
        support::posts(&self.admin, &self.place.channel_id).await
    }

    pub(crate) async fn texts(&self) -> Vec<String> {
        support::texts(&self.admin, &self.place.channel_id).await
    }

    /// Returns the deliveries of a hook, newest first.
    pub(crate) async fn deliveries(&self, hook: &Value) -> Vec<Value> {
        let page = self.admin.get(&format!("{OWN}/deliveries?hook={}", text(&hook["id"]))).await.expect(200);
        page["items"].as_array().expect("a list").clone()
    }

    /// Waits until the newest delivery of a hook holds, and returns it with its attempts.
    pub(crate) async fn until(&self, hook: &Value, holds: impl Fn(&Value) -> bool) -> Value {
        soon("the delivery", async {
            loop {
                if let Some(delivery) = self.deliveries(hook).await.first() {
                    let path = format!("{OWN}/deliveries/{}", text(&delivery["id"]));
                    let delivery = self.admin.get(&path).await.expect(200);
                    if holds(&delivery) {
                        return delivery;
                    }
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }

    pub(crate) async fn until_state(&self, hook: &Value, state: &str) -> Value {
        self.until(hook, |delivery| delivery["state"] == state).await
    }

    /// Waits until the newest delivery of a hook has this many attempts that are settled.
    pub(crate) async fn until_tried(&self, hook: &Value, times: usize) -> Value {
        self.until(hook, |delivery| {
            let now = self.host.clock.now().as_millis();
            let is_settled = delivery["next_at"].as_i64().is_none_or(|next_at| next_at > now);
            is_settled && delivery["log"].as_array().map(Vec::len) == Some(times)
        })
        .await
    }

    /// Returns the only address of a hook.
    pub(crate) async fn endpoint(&self, hook: &Value) -> Value {
        let list = self.admin.get(&format!("{OWN}/endpoints?hook={}", text(&hook["id"]))).await.expect(200);
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
        list[0].clone()
    }

    /// Asserts that a hook has sent nothing and will send nothing.
    pub(crate) async fn assert_silent(&self, hook: &Value) {
        assert_eq!(self.deliveries(hook).await, Vec::<Value>::new());
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("`{value}` is no text"))
}
