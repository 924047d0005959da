//! Receivers that refuse, hang or are gone: what is sent again, and when.

use std::time::Duration;

use jackfield_tests::{START_MILLIS, TestHost, each_backend};
use serde_json::{Value, json};

use super::receiver::Reply;
use super::{Scene, text};

/// The longest waits of the schedule: each a fifth longer than it says.
const WAITS_S: [u64; 9] = [6, 36, 144, 720, 4_320, 12_960, 25_920, 51_840, 103_680];

/// Returns how long after the last attempt a delivery is tried again, in milliseconds.
fn waits(host: &TestHost, delivery: &Value) -> i64 {
    delivery["next_at"].as_i64().expect("it is tried again") - host.clock.now().as_millis()
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t07_a_receiver_that_always_fails_gets_ten_attempts(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer((0..10).map(|_| Reply::status(500)));
        scene.post("x").await;
        let mut ids = vec![scene.receiver.next().await.header("webhook-id").to_owned()];
        for (number, wait) in (1..).zip(WAITS_S) {
            let delivery = scene.until_tried(&hook, number).await;
            let wait_ms = i64::try_from(wait * 1000).expect("a short wait");
            let waits = waits(&host, &delivery);
            assert!(wait_ms * 2 / 3 <= waits && waits <= wait_ms, "attempt {number}: {waits}");
            host.clock.advance(Duration::from_secs(wait));
            ids.push(scene.receiver.next().await.header("webhook-id").to_owned());
        }
        let delivery = scene.until_state(&hook, "dead").await;
        assert_eq!(delivery["last_error"], "the receiver responded with status 500");
        assert_eq!((delivery["attempts"].as_i64(), &delivery["next_at"]), (Some(10), &Value::Null));
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(delivery["id"], json!(ids[0]));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t08_a_receiver_can_ask_for_time(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer([
            Reply::status(429).with_header("retry-after", "120"),
            Reply::status(503).with_header("retry-after", "999999"),
        ]);
        scene.post("x").await;
        assert_eq!(waits(&host, &scene.until_tried(&hook, 1).await), 120_000);
        host.clock.advance(Duration::from_mins(2));
        assert_eq!(waits(&host, &scene.until_tried(&hook, 2).await), 12 * 60 * 60 * 1000);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t10_a_redirect_is_not_followed(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer([Reply::status(302).with_header("location", "/elsewhere")]);
        scene.post("x").await;
        let delivery = scene.until_tried(&hook, 1).await;
        assert_eq!((&delivery["log"][0]["status"], &delivery["log"][0]["outcome"]), (&json!(302), &json!("status")));
        assert_eq!(scene.receiver.next().await.path, "/out");
        host.clock.advance(Duration::from_secs(6));
        assert_eq!(scene.receiver.next().await.path, "/out");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t11_a_receiver_that_is_gone_disables_its_address_and_the_rest_is_held(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer([Reply::status(410)]);
        scene.post("first").await;
        scene.receiver.next().await;
        let first = scene.until_state(&hook, "dead").await;
        let endpoint = scene.endpoint(&hook).await;
        assert_eq!(endpoint["disabled_reason"], "the receiver responded with 410 (gone)");
        assert_eq!((&endpoint["enabled"], endpoint["disabled_at"].as_i64()), (&json!(false), Some(START_MILLIS)));
        for text in ["second", "third"] {
            host.clock.advance(Duration::from_millis(1));
            scene.post(text).await;
        }
        let held = scene.until_state(&hook, "held").await;
        assert_eq!((&held["attempts"], &held["next_at"], &held["log"]), (&json!(0), &Value::Null, &json!([])));
        let path = format!("{}/endpoints/{}/resume", super::OWN, text(&endpoint["id"]));
        let enabled = scene.admin.post(&path, json!({})).await.expect(200);
        assert_eq!((&enabled["enabled"], &enabled["disabled_reason"]), (&json!(true), &json!("")));
        let mut sent = [scene.receiver.next().await.field("text"), scene.receiver.next().await.field("text")];
        sent.sort();
        assert_eq!(sent, ["second", "third"]);
        let path = format!("{}/deliveries/{}", super::OWN, text(&first["id"]));
        assert_eq!(scene.admin.get(&path).await.expect(200)["state"], "dead", "the first was refused for good");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config); config.delivery.timeout_ms = 300; }
    async fn t13_a_receiver_that_hangs_is_cut_off_and_gets_a_minute(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer([Reply::Hang]);
        scene.post("x").await;
        let delivery = scene.until_tried(&hook, 1).await;
        let log = &delivery["log"][0];
        assert_eq!((&log["outcome"], &log["status"]), (&json!("timeout"), &Value::Null));
        assert_eq!(log["reason"], "127.0.0.1 did not respond within 300 ms; try again later");
        assert_eq!(waits(&host, &delivery), 60_000);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t14_of_a_long_response_the_first_bytes_are_kept(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer([Reply::bytes(200, vec![0xff; 1_000_000])]);
        scene.post("x").await;
        let delivery = scene.until_state(&hook, "delivered").await;
        let log = &delivery["log"][0];
        let kept = data_encoding::BASE64.decode(text(&log["response"]).as_bytes()).expect("base64");
        assert_eq!((kept, &log["is_base64"]), (vec![0xff; 20_000], &json!(true)));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t27_an_address_that_fails_for_five_days_is_disabled_unless_it_works_once(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let day = Duration::from_hours(24);
        scene.receiver.answer([Reply::status(400), Reply::status(200), Reply::status(400), Reply::status(400)]);
        scene.post("fails").await;
        scene.until_tried(&hook, 1).await;
        assert_eq!(scene.endpoint(&hook).await["failing_since"].as_i64(), Some(START_MILLIS));
        host.clock.advance(6 * day);
        scene.until_state(&hook, "delivered").await;
        assert_eq!(scene.endpoint(&hook).await["failing_since"], 0);
        let first = scene.deliveries(&hook).await[0]["id"].clone();
        scene.post("fails").await;
        scene.until(&hook, |delivery| delivery["id"] != first && delivery["last_error"] != "").await;
        host.clock.advance(5 * day);
        let held = scene.until_state(&hook, "held").await;
        assert_eq!(held["last_error"], "the receiver responded with status 400");
        assert_eq!(scene.endpoint(&hook).await["disabled_reason"], "every attempt has failed for 5 days");
    }
}

each_backend! {
    async fn fact_065_an_address_that_is_not_public_is_refused(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.post("x").await;
        let delivery = scene.until_tried(&hook, 1).await;
        let log = &delivery["log"][0];
        assert_eq!((&log["outcome"], &log["status"]), (&json!("refused"), &Value::Null));
        let reason = "127.0.0.1 has the address 127.0.0.1, which is not public; the operator can allow its network in \
                      `egress.allow_networks`";
        assert_eq!(log["reason"], reason);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_receiver_that_refuses_connections_is_tried_again(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({"callback_urls": ["http://127.0.0.1:1/x"]})).await;
        scene.post("x").await;
        let delivery = scene.until_tried(&hook, 1).await;
        let log = &delivery["log"][0];
        assert_eq!((&log["outcome"], &log["reason"]), (&json!("connection"), &json!("cannot connect to 127.0.0.1; check the name and the port")));
        assert_eq!(delivery["state"], "waiting");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_receiver_that_hangs_holds_up_no_other(host: TestHost) {
        let scene = Scene::new(&host).await;
        scene.hook(json!({})).await;
        scene.receiver.answer((0..4).map(|_| Reply::Hang));
        for number in 0..8 {
            scene.post(&number.to_string()).await;
        }
        for _ in 0..4 {
            assert_eq!(scene.receiver.next().await.path, "/out");
        }
        let urls = [scene.receiver.url("/other")];
        scene.hook(json!({"trigger_words": ["go"], "callback_urls": urls})).await;
        scene.post("go").await;
        // The address that hangs has no free place, so the next request is the other's.
        assert_eq!(scene.receiver.next().await.path, "/other");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn what_waits_survives_a_restart(mut host: TestHost) {
        let (hook, endpoint) = {
            let scene = Scene::new(&host).await;
            let hook = scene.hook(json!({})).await;
            scene.receiver.answer([Reply::status(500)]);
            scene.post("x").await;
            scene.until_tried(&hook, 1).await;
            let endpoint = scene.endpoint(&hook).await;
            (hook, endpoint)
        };
        host.restart().await;
        let scene = Scene::new(&host).await;
        assert_eq!(scene.endpoint(&hook).await, endpoint);
        host.clock.advance(Duration::from_secs(6));
        // The receiver of before is still there.
        let delivery = scene.until_state(&hook, "delivered").await;
        assert_eq!(delivery["log"].as_array().map(Vec::len), Some(2));
    }
}
