//! Deliveries and addresses in the own API.

use std::time::Duration;

use jackfield_tests::{START_MILLIS, TestHost, each_backend};
use serde_json::{Value, json};

use super::receiver::Reply;
use super::{OWN, Scene, text};
use crate::support::{UNKNOWN_ID, refused_problem};

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_delivery_shows_its_attempts(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let post = scene.post("x").await;
        let delivery = scene.until_state(&hook, "delivered").await;
        let endpoint = scene.endpoint(&hook).await;
        let expected = json!({
            "id": delivery["id"], "hook_id": hook["id"], "endpoint_id": endpoint["id"],
            "url": scene.receiver.url("/out"), "post_id": post["id"], "trigger_word": "", "state": "delivered",
            "attempts": 1, "replays": 0, "next_at": null, "last_error": "", "create_at": START_MILLIS,
            "ended_at": START_MILLIS,
            "log": [{
                "outcome": "delivered", "status": 200, "reason": "", "response": "{}", "is_base64": false,
                "started_at": START_MILLIS, "waited_ms": 0, "took_ms": 0,
            }],
        });
        assert_eq!(delivery, expected);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn deliveries_are_paged_and_filtered(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let mut posts: Vec<Value> = Vec::new();
        for (text, status) in [("one", 200), ("two", 410), ("three", 0)] {
            if status != 0 {
                scene.receiver.answer([Reply::status(status)]);
            }
            host.clock.advance(Duration::from_millis(1));
            posts.push(scene.post(text).await["id"].clone());
            let state = match status {
                200 => "delivered",
                410 => "dead",
                _ => "held",
            };
            scene.until(&hook, |delivery| delivery["post_id"] == posts[posts.len() - 1] && delivery["state"] == state).await;
        }
        let base = format!("{OWN}/deliveries?hook={}", text(&hook["id"]));
        let list = async |query: &str| {
            let page = scene.admin.get(&format!("{base}{query}")).await.expect(200);
            let items = page["items"].as_array().expect("a list").clone();
            let posts: Vec<Value> = items.iter().map(|one| one["post_id"].clone()).collect();
            (posts, page["next_cursor"].clone())
        };
        let newest: Vec<Value> = posts.iter().rev().cloned().collect();
        assert_eq!(list("").await, (newest.clone(), Value::Null));
        let (first, cursor) = list("&limit=2").await;
        assert_eq!(first, newest[..2]);
        assert_eq!(list(&format!("&limit=2&cursor={}", text(&cursor))).await, (newest[2..].to_vec(), Value::Null));
        for (state, post) in [("held", 2), ("dead", 1), ("delivered", 0)] {
            assert_eq!(list(&format!("&state={state}")).await.0, [posts[post].clone()], "{state}");
        }
        assert_eq!(list("&state=waiting").await.0, Vec::<Value>::new());
        assert_eq!(list(&format!("&endpoint={UNKNOWN_ID}")).await.0, Vec::<Value>::new());
        refused_problem(&scene.admin.get(&format!("{OWN}/deliveries")).await, 400);
        refused_problem(&scene.admin.get(&format!("{OWN}/deliveries?hook={UNKNOWN_ID}")).await, 404);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t30_a_delivery_can_be_sent_again_and_says_so(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.post("x").await;
        let first = scene.receiver.next().await;
        assert!(first.headers.get("jackfield-replay").is_none());
        let delivery = scene.until_state(&hook, "delivered").await;
        let path = format!("{OWN}/deliveries/{}/retry", text(&delivery["id"]));
        let replayed = scene.admin.post(&path, json!({})).await.expect(200);
        assert_eq!(replayed["replays"], 1);
        let again = scene.receiver.next().await;
        assert_eq!(again.header("jackfield-replay"), "1");
        assert_eq!((again.header("webhook-id"), &again.body), (first.header("webhook-id"), &first.body));
        scene.until(&hook, |one| one["state"] == "delivered" && one["log"].as_array().map(Vec::len) == Some(2)).await;
        let path = format!("{OWN}/deliveries/{UNKNOWN_ID}/retry");
        assert_eq!(refused_problem(&scene.admin.post(&path, json!({})).await, 404)["code"], "delivery.not_found");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_dead_delivery_is_sent_again_but_a_held_one_is_not(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer([Reply::status(410)]);
        scene.post("x").await;
        scene.receiver.next().await;
        let dead = scene.until_state(&hook, "dead").await;
        let endpoint = format!("{OWN}/endpoints/{}", text(&scene.endpoint(&hook).await["id"]));
        let retry = format!("{OWN}/deliveries/{}/retry", text(&dead["id"]));
        // The address is disabled, so the attempt finds it so and the delivery is held.
        scene.admin.post(&retry, json!({})).await.expect(200);
        scene.until_state(&hook, "held").await;
        assert_eq!(refused_problem(&scene.admin.post(&retry, json!({})).await, 409)["code"], "delivery.not_replayable");
        scene.admin.post(&format!("{endpoint}/resume"), json!({})).await.expect(200);
        assert_eq!(scene.receiver.next().await.field("text"), "x");
        scene.until_state(&hook, "delivered").await;
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t28_a_paused_address_holds_what_follows_and_sends_it_when_it_is_resumed(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let endpoint = format!("{OWN}/endpoints/{}", text(&scene.endpoint(&hook).await["id"]));
        let paused = scene.admin.post(&format!("{endpoint}/pause"), json!({})).await.expect(200);
        assert_eq!((&paused["enabled"], &paused["disabled_reason"]), (&json!(false), &json!("a user paused it")));
        assert_eq!(scene.admin.get(&endpoint).await.expect(200), paused);
        scene.post("first").await;
        host.clock.advance(Duration::from_hours(24));
        assert_eq!(scene.until_state(&hook, "held").await["log"], json!([]));
        scene.admin.post(&format!("{endpoint}/resume"), json!({})).await.expect(200);
        assert_eq!(scene.receiver.next().await.field("text"), "first");
        scene.until_state(&hook, "delivered").await;
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config); config.delivery.keep_days = 2; }
    async fn t34_deliveries_are_listed_until_their_retention_ends(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.post("x").await;
        scene.until_state(&hook, "delivered").await;
        host.clock.advance(Duration::from_hours(47));
        assert_eq!(scene.deliveries(&hook).await.len(), 1);
        host.clock.advance(Duration::from_hours(2));
        let gone = async {
            while !scene.deliveries(&hook).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        jackfield_tests::soon("the delivery goes", gone).await;
    }
}
