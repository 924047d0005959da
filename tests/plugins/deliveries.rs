//! Deliveries to a misbehaving bridge: the sender gets an error, the failure is counted, no effects remain, and a retry
//! of the same delivery succeeds.

use jackfield_tests::{Place, TestClient, TestHost, TestResponse, each_backend};
use serde_json::json;

use super::bridge::{BRIDGES, SECRET, signature};
use super::misbehaviour::FAILED;
use super::typed;
use crate::http::hooks::accepted;
use crate::support::{self, refused};

const PLUGIN: &str = "dev.jackfield.hostile";
const BODY: &str = "hello";

/// A bridge of the hostile plugin.
struct Hostile {
    admin: TestClient,
    sender: TestClient,
    place: Place,
    path: String,
}

impl Hostile {
    async fn new(host: &TestHost) -> Self {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "hostile").await;
        let asked = json!({
            "plugin": PLUGIN, "bridge": "hostile", "channel_id": place.channel_id, "secret": SECRET,
        });
        let made = admin.post(BRIDGES, asked).await.expect(201);
        let path = format!("/hooks/{}", made["id"].as_str().expect("a bridge has an id"));
        Self { admin, sender: host.anonymous(), place, path }
    }

    /// Sends the delivery, which makes the plugin fail in the given way; an empty `way` succeeds.
    async fn sent(&self, way: &str) -> TestResponse {
        let signature = signature(SECRET, BODY);
        let headers =
            [("X-Hub-Signature-256", signature.as_str()), ("X-GitHub-Delivery", "same"), ("X-Hostile", way)];
        self.sender.request("POST", &self.path, &headers, BODY).await
    }

    /// Sends a delivery that must fail, and returns the error text between the plugin's name and the call's id.
    async fn failure(&self, way: &str, status: u16) -> String {
        let error = refused(&self.sent(way).await, status);
        assert_eq!(error["id"], "web.incoming_webhook.plugin_failed.app_error");
        let message = error["message"].as_str().expect("a text");
        let detail = message
            .strip_prefix("the plugin dev.jackfield.hostile did not accept this request: ")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|rest| rest.split_once(" (call "));
        let Some((detail, call)) = detail else { panic!("{message}") };
        assert!(call.len() == 26 && call.bytes().all(|b| b.is_ascii_alphanumeric()), "{message}");
        detail.to_owned()
    }

    /// Returns the count of each outcome: posted, ignored, failed.
    async fn counts(&self) -> [i64; 3] {
        let list = self.admin.get(BRIDGES).await.expect(200);
        ["posted", "ignored", "failed"]
            .map(|name| list["items"][0]["receipts"][name].as_i64().expect("a count"))
    }

    /// Asserts that `times` calls failed without effects and that the delivery then succeeds exactly once.
    async fn only_failed(&self, times: i64) {
        assert_eq!(self.counts().await, [0, 0, times]);
        assert!(support::posts(&self.admin, &self.place.channel_id).await.is_empty());
        let kept = typed(&self.admin, &self.place.channel_id, "/look").await.expect(200);
        assert_eq!(kept["text"], "nothing");
        for _ in 0..2 {
            accepted(&self.sent("").await);
        }
        assert_eq!(support::texts(&self.admin, &self.place.channel_id).await, [BODY]);
        assert_eq!(self.counts().await, [1, 0, times]);
    }
}

each_backend! {
    async fn a_failure_is_reported_without_details_for_the_author(host: TestHost) {
        let bridge = Hostile::new(&host).await;
        for way in ["trap", "fatal", "huge"] {
            assert_eq!(bridge.failure(way, 500).await, FAILED, "{way}");
        }
        assert_eq!(bridge.failure("later", 503).await, "it may work later; try again");
        // The plugin addresses this text to the sender.
        assert_eq!(bridge.failure("refuse", 400).await, "the plugin refused: changed my mind");
        bridge.only_failed(5).await;
    }
}

each_backend! {
    with |config| { config.plugins.bridge_timeout_ms = 500; }
    async fn a_bridge_that_loops_ends_at_its_deadline(host: TestHost) {
        let bridge = Hostile::new(&host).await;
        assert_eq!(
            bridge.failure("loop", 500).await,
            "the plugin did not answer within 500 ms; try again, or raise its limit in the manifest"
        );
        bridge.only_failed(1).await;
    }
}

each_backend! {
    with |config| { config.plugins.max_memory = 8 * 1024 * 1024; }
    async fn a_bridge_that_eats_memory_fails_at_its_limit(host: TestHost) {
        let bridge = Hostile::new(&host).await;
        let detail = bridge.failure("eat", 500).await;
        assert_eq!(
            detail,
            "the plugin needs more than its 8388608 bytes of memory; send it less, or raise `memory_mib` in its \
             manifest"
        );
        bridge.only_failed(1).await;
    }
}

each_backend! {
    async fn a_delivery_can_be_repeated_after_a_503(host: TestHost) {
        let bridge = Hostile::new(&host).await;
        for _ in 0..2 {
            let response = bridge.sent("again").await;
            assert_eq!((response.status, response.text().as_str()), (503, "again, please"));
            assert_eq!(response.header("content-type"), Some("text/plain"));
        }
        bridge.only_failed(2).await;
    }
}
