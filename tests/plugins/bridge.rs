//! The GitHub bridge: signatures, deliveries and the posts that the plugin makes of them.

use hmac::{Hmac, KeyInit, Mac};
use jackfield_tests::{Place, TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{disable, enable};
use crate::http::hooks::accepted;
use crate::support::{self, refused, refused_problem};

pub(super) const BRIDGES: &str = "/api/jackfield/v1/bridges";
const PLUGIN: &str = "dev.jackfield.github";
pub(super) const SECRET: &str = "It's a Secret to Everybody";

/// A bridge of the GitHub plugin.
struct Bridge {
    admin: TestClient,
    sender: TestClient,
    place: Place,
    made: Value,
    installed: Value,
}

/// Reads a file of the plugin's own tests.
fn file(folder: &str, name: &str) -> String {
    let path = format!("{}/../plugins/github/{folder}/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the text that the plugin's own snapshot expects for a fixture.
fn snapshot(name: &str) -> String {
    let snapshot: Value = serde_json::from_str(&file("snapshots", name)).expect("a snapshot is JSON");
    snapshot["messages"][0]["text"].as_str().expect("a message").to_owned()
}

pub(super) fn signature(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    let tag = mac.chain_update(body).finalize().into_bytes();
    tag.iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

impl Bridge {
    async fn new(host: &TestHost) -> Self {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let installed = host.install(&admin, "github").await;
        let request = json!({
            "plugin": PLUGIN, "bridge": "github", "channel_id": place.channel_id, "secret": SECRET,
        });
        let made = admin.post(BRIDGES, request).await.expect(201);
        Self { admin, sender: host.anonymous(), place, made, installed }
    }

    fn path(&self) -> String {
        format!("/hooks/{}", self.made["id"].as_str().expect("a bridge has an id"))
    }

    /// Sends a delivery as GitHub does, signed with this secret.
    async fn signed(&self, secret: &str, event: &str, delivery: &str, body: &str) -> TestResponse {
        let signature = signature(secret, body);
        self.sent(&[("X-Hub-Signature-256", &signature)], event, delivery, body).await
    }

    async fn sent(
        &self,
        signatures: &[(&str, &str)],
        event: &str,
        delivery: &str,
        body: &str,
    ) -> TestResponse {
        let mut headers = vec![
            ("Content-Type", "application/json"),
            ("User-Agent", "GitHub-Hookshot/044aadd"),
            ("X-GitHub-Event", event),
            ("X-GitHub-Delivery", delivery),
        ];
        headers.extend(signatures);
        self.sender.request("POST", &self.path(), &headers, body).await
    }

    async fn texts(&self) -> Vec<String> {
        support::texts(&self.admin, &self.place.channel_id).await
    }

    /// Returns the count of each outcome: posted, ignored, failed.
    async fn counts(&self) -> (i64, i64, i64) {
        let list = self.admin.get(BRIDGES).await.expect(200);
        let receipts = &list["items"][0]["receipts"];
        let count =
            |name: &str| receipts[name].as_i64().unwrap_or_else(|| panic!("a count of {name}: {list}"));
        (count("posted"), count("ignored"), count("failed"))
    }
}

each_backend! {
    async fn a_bridge_has_an_address_and_hides_its_secret(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        assert_eq!(bridge.made["url"], format!("{}{}", host.url, bridge.path()));
        assert_eq!((&bridge.made["verifier"], &bridge.made["has_secret"]), (&json!("github"), &json!(true)));
        let list = bridge.admin.get(BRIDGES).await;
        assert!(!list.text().contains(SECRET) && !bridge.made.to_string().contains(SECRET));
        assert_eq!(list.expect(200), json!({"items": [bridge.made], "next_cursor": null}));
    }
}

each_backend! {
    async fn a_signed_push_becomes_the_post_of_its_snapshot(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        for (index, name) in ["push__one_commit", "push__25_commits", "push__hostile_text"].iter().enumerate()
        {
            let delivery = format!("delivery-{index}");
            accepted(&bridge.signed(SECRET, "push", &delivery, &file("fixtures", name)).await);
            assert_eq!(bridge.texts().await.pop(), Some(snapshot(name)), "{name}");
        }
        assert_eq!(bridge.counts().await, (3, 0, 0));
        let post = support::posts(&bridge.admin, &bridge.place.channel_id).await.remove(0);
        assert_eq!(post["props"]["override_username"], "GitHub");
        assert_eq!(post["user_id"], bridge.admin.id());
    }
}

each_backend! {
    async fn a_wrong_or_missing_signature_is_401(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = file("fixtures", "push__one_commit");
        let right = signature(SECRET, &body);
        let other_body = signature(SECRET, &format!("{body} "));
        let (short, sha1) = (&right[..right.len() - 2], right.replace("sha256=", "sha1="));
        let bare = right.trim_start_matches("sha256=");
        for wrong in ["", "sha256=", "sha256=zz", "nonsense", short, &sha1, bare, &other_body] {
            let response = bridge.sent(&[("X-Hub-Signature-256", wrong)], "push", "d", &body).await;
            assert_eq!(refused(&response, 401)["id"], "web.incoming_webhook.signature.app_error");
        }
        refused(&bridge.signed("another secret", "push", "d", &body).await, 401);
        refused(&bridge.sent(&[], "push", "d", &body).await, 401);
        refused(&bridge.sent(&[("X-Hub-Signature", &sha1)], "push", "d", &body).await, 401);
        assert!(bridge.texts().await.is_empty());
        // The same delivery with a valid signature still counts as new.
        accepted(&bridge.signed(SECRET, "push", "d", &body).await);
        assert_eq!(bridge.texts().await.len(), 1);
    }
}

each_backend! {
    async fn the_signature_covers_the_exact_bytes(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = file("fixtures", "push__one_commit");
        let same = serde_json::from_str::<Value>(&body).expect("JSON").to_string();
        let right = signature(SECRET, &body);
        refused(&bridge.sent(&[("X-Hub-Signature-256", &right)], "push", "d", &same).await, 401);
        let upper = right.to_uppercase().replace("SHA256=", "sha256=");
        accepted(&bridge.sent(&[("X-Hub-Signature-256", &upper)], "push", "d", &body).await);
    }
}

each_backend! {
    async fn an_event_that_is_not_shown_is_counted(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        accepted(&bridge.signed(SECRET, "create", "a", &file("fixtures", "create__branch")).await);
        accepted(&bridge.signed(SECRET, "star", "b", &file("fixtures", "star__created")).await);
        assert_eq!(bridge.counts().await, (0, 2, 0));
        assert!(bridge.texts().await.is_empty());
    }
}

each_backend! {
    async fn a_repeated_delivery_is_posted_once(mut host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = file("fixtures", "push__one_commit");
        accepted(&bridge.signed(SECRET, "push", "same", &body).await);
        accepted(&bridge.signed(SECRET, "push", "same", &body).await);
        host.restart().await;
        accepted(&bridge.signed(SECRET, "push", "same", &body).await);
        assert_eq!(bridge.texts().await.len(), 1);
        let other = file("fixtures", "push__25_commits");
        accepted(&bridge.signed(SECRET, "push", "another", &other).await);
        assert_eq!(bridge.texts().await.len(), 2);
        assert_eq!(bridge.counts().await, (2, 0, 0));
    }
}

each_backend! {
    async fn a_recorded_delivery_is_not_replayed_under_another_id_or_event(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = file("fixtures", "push__one_commit");
        accepted(&bridge.signed(SECRET, "push", "first", &body).await);
        accepted(&bridge.signed(SECRET, "push", "second", &body).await);
        accepted(&bridge.signed(SECRET, "ping", "third", &body).await);
        assert_eq!(bridge.texts().await.len(), 1);
        assert_eq!(bridge.counts().await, (1, 0, 0));
    }
}

each_backend! {
    async fn concurrent_copies_of_a_delivery_are_posted_once(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = file("fixtures", "push__one_commit");
        let send = || bridge.signed(SECRET, "push", "same", &body);
        let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
        for response in [a, b, c, d] {
            accepted(&response);
        }
        assert_eq!(bridge.texts().await.len(), 1);
        assert_eq!(bridge.counts().await, (1, 0, 0));
    }
}

each_backend! {
    async fn a_disabled_plugins_bridge_responds_503_so_that_the_sender_retries(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = file("fixtures", "push__one_commit");
        disable(&bridge.admin, PLUGIN).await.expect(200);
        let error = refused(&bridge.signed(SECRET, "push", "d", &body).await, 503);
        assert!(error["message"].as_str().is_some_and(|text| text.contains(PLUGIN)), "{error}");
        enable(&bridge.admin, PLUGIN, bridge.installed["sheet_digest"].as_str().expect("a text"))
            .await
            .expect(200);
        accepted(&bridge.signed(SECRET, "push", "d", &body).await);
        assert_eq!(bridge.texts().await, [snapshot("push__one_commit")]);
    }
}

each_backend! {
    async fn a_bridge_of_a_private_channel_that_its_owner_was_removed_from_is_403(host: TestHost) {
        let mut bridge = Bridge::new(&host).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let secret = host.private_channel(&bridge.admin, &bridge.place.team_id, "secret").await;
        bridge.place.channel_id = secret["id"].as_str().expect("a text").to_owned();
        let members = format!("/api/v4/channels/{}/members", bridge.place.channel_id);
        bridge.admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        let request = json!({
            "plugin": PLUGIN, "bridge": "github", "channel_id": bridge.place.channel_id, "user_id": anna.id(),
            "secret": SECRET,
        });
        bridge.made = bridge.admin.post(BRIDGES, request).await.expect(201);
        let body = file("fixtures", "push__one_commit");
        bridge.admin.delete(&format!("{members}/{}", anna.id())).await.expect(200);

        let error = refused(&bridge.signed(SECRET, "push", "d", &body).await, 403);
        assert_eq!(error["id"], "web.incoming_webhook.permissions.app_error");
        // A sender without the secret does not learn that the owner was removed.
        refused(&bridge.signed("another secret", "push", "d", &body).await, 401);
        assert!(bridge.texts().await.is_empty());

        bridge.admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        accepted(&bridge.signed(SECRET, "push", "d", &body).await);
        assert_eq!(bridge.texts().await, [snapshot("push__one_commit")]);
    }
}

each_backend! {
    async fn a_body_that_is_not_a_payload_is_refused_and_counted_as_failed(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        for body in ["", "{", "[]", "5", r#"{"commits":5}"#] {
            let error = refused(&bridge.signed(SECRET, "push", "d", body).await, 400);
            assert_eq!(error["id"], "web.incoming_webhook.plugin_failed.app_error");
        }
        assert_eq!(bridge.counts().await, (0, 0, 5));
        assert!(bridge.texts().await.is_empty());
    }
}

each_backend! {
    async fn a_nul_character_in_a_delivery_does_no_harm(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = r#"{"zen":"a\u0000b","repository":{"full_name":"a/\u0000"}}"#;
        accepted(&bridge.signed(SECRET, "ping", "d", body).await);
        assert_eq!(bridge.texts().await.len(), 1);
        accepted(&bridge.signed(SECRET, "a-b", "e", r#"{"action":"a\u0000b"}"#).await);
        assert_eq!(bridge.counts().await, (1, 1, 0));
    }
}

each_backend! {
    async fn a_bridge_needs_what_its_plugin_and_verifier_need(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let channel = &bridge.place.channel_id;
        let with = |key: &str, value: Value| {
            let mut request =
                json!({"plugin": PLUGIN, "bridge": "github", "channel_id": channel, "secret": SECRET});
            request[key] = value;
            request
        };
        for (request, status) in [
            (with("plugin", json!("com.acme.none")), 400),
            (with("plugin", json!("nonsense")), 400),
            (with("bridge", json!("gitlab")), 400),
            (with("secret", json!("")), 400),
            (with("secret", Value::Null), 400),
            (with("secret", json!("x".repeat(1001))), 400),
            (with("channel_id", json!("kkkkkkkkkkkkkkkkkkkkkkkkkk")), 404),
            (with("verifier", json!("gitlab")), 400),
        ] {
            refused_problem(&bridge.admin.post(BRIDGES, request).await, status);
        }
        assert_eq!(bridge.admin.get(BRIDGES).await.expect(200)["items"].as_array().map(Vec::len), Some(1));
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn a_declared_check_cannot_be_switched_off(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let request = |verifier: &str, secret: Value| {
            json!({
                "plugin": PLUGIN, "bridge": "github", "channel_id": bridge.place.channel_id,
                "verifier": verifier, "secret": secret,
            })
        };
        for client in [&bridge.admin, &anna] {
            for secret in [json!(SECRET), Value::Null] {
                let error = refused_problem(&client.post(BRIDGES, request("none", secret)).await, 400);
                assert_eq!(error["field"], "verifier");
            }
        }
        assert_eq!(anna.get(BRIDGES).await.expect(200)["items"], json!([]));
        let made = anna.post(BRIDGES, request("github", json!(SECRET))).await.expect(201);
        assert_eq!(made["verifier"], "github");
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn a_user_sees_only_their_own_bridges(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let anna = host.user("anna").await;
        let request = json!({
            "plugin": PLUGIN, "bridge": "github", "channel_id": bridge.place.channel_id, "secret": SECRET,
        });
        refused_problem(&anna.post(BRIDGES, request.clone()).await, 403);
        host.place(&anna).await;
        let made = anna.post(BRIDGES, request).await.expect(201);
        assert_eq!(anna.get(BRIDGES).await.expect(200)["items"], json!([made]));
        assert_eq!(bridge.admin.get(BRIDGES).await.expect(200)["items"].as_array().map(Vec::len), Some(2));
        refused_problem(&host.anonymous().get(BRIDGES).await, 401);
    }
}

/// Returns a push whose list of changed files makes it this large, in bytes.
fn push_of(size: usize) -> String {
    let mut push: Value = serde_json::from_str(&file("fixtures", "push__one_commit")).expect("JSON");
    push["commits"][0]["added"] = vec!["src/a/long/path/to/a/file.rs"; size / 30].into();
    push.to_string()
}

each_backend! {
    async fn a_delivery_may_be_larger_than_other_requests(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let body = push_of(1_000_000);
        accepted(&bridge.signed(SECRET, "push", "a", &body).await);
        assert_eq!(bridge.texts().await, [snapshot("push__one_commit")]);
        let hook = json!({"channel_id": bridge.place.channel_id});
        let hook = bridge.admin.post("/api/v4/hooks/incoming", hook).await.expect(201);
        let path = format!("/hooks/{}", hook["id"].as_str().expect("an id"));
        let error = refused(&bridge.sender.request("POST", &path, &[], body).await, 413);
        assert_eq!(error["message"], "the body is larger than the 300000 bytes allowed here");
    }
}

each_backend! {
    with |config| { config.hooks.bridge_max_body = 10_000; }
    async fn a_delivery_over_the_limit_is_refused_and_counted_as_failed(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let error = refused(&bridge.signed(SECRET, "push", "a", &push_of(20_000)).await, 413);
        assert_eq!(error["message"], "the body is larger than the 10000 bytes allowed here");
        assert_eq!(bridge.counts().await, (0, 0, 1));
        accepted(&bridge.signed(SECRET, "push", "a", &file("fixtures", "push__one_commit")).await);
        assert_eq!(bridge.counts().await, (1, 0, 1));
    }
}

each_backend! {
    async fn creating_and_removing_a_bridge_is_audited(host: TestHost) {
        let bridge = Bridge::new(&host).await;
        let id = bridge.made["id"].as_str().expect("an id");
        bridge.admin.delete(&format!("/api/v4/hooks/incoming/{id}")).await.expect(200);
        let rows = bridge.admin.get("/api/jackfield/v1/audit?action=hook").await.expect(200);
        let rows = rows["items"].as_array().expect("a list");
        let actions: Vec<&Value> = rows.iter().map(|row| &row["action"]).collect();
        assert_eq!(actions, ["hook.delete", "hook.create"]);
        assert_eq!(rows[1]["after"]["plugin"], PLUGIN);
        assert!(!rows[1].to_string().contains(SECRET), "{rows:?}");
    }
}
