//! The headers of Standard Webhooks.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jackfield_tests::{START_MILLIS, TestHost, each_backend};
use serde_json::{Value, json};
use sha2::Sha256;

use super::receiver::ArrivedRequest;
use super::{OWN, Scene, text};
use crate::support::refused_problem;

/// Returns the signature that a receiver computes with a secret.
fn signature(secret: &str, arrived: &ArrivedRequest) -> String {
    let key = data_encoding::BASE64.decode(secret.strip_prefix("whsec_").expect("a prefix").as_bytes());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.expect("base64")).expect("a key");
    let head = format!("{}.{}.", arrived.header("webhook-id"), arrived.header("webhook-timestamp"));
    mac.update(head.as_bytes());
    mac.update(&arrived.body);
    format!("v1,{}", data_encoding::BASE64.encode(&mac.finalize().into_bytes()))
}

async fn rotated(scene: &Scene<'_>, endpoint: &Value, overlap_s: u32) -> String {
    let path = format!("{OWN}/endpoints/{}/secrets/rotate", text(&endpoint["id"]));
    let rotated = scene.admin.post(&path, json!({"overlap_s": overlap_s})).await.expect(200);
    text(&rotated["secret"]).to_owned()
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_request_is_signed_with_the_secret_of_its_address(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let endpoint = scene.endpoint(&hook).await;
        let secret = rotated(&scene, &endpoint, 0).await;
        scene.post("x").await;
        let arrived = scene.receiver.next().await;
        assert_eq!(arrived.header("webhook-timestamp"), (START_MILLIS / 1000).to_string());
        assert!(!arrived.header("webhook-id").contains('.'));
        assert_eq!(arrived.header("webhook-signature"), signature(&secret, &arrived));
        let shown = scene.endpoint(&hook).await.to_string();
        assert!(!shown.contains("whsec_") && !shown.contains(&secret), "{shown}");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t03_during_a_rotation_both_secrets_sign_and_then_the_new_one_alone(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let endpoint = scene.endpoint(&hook).await;
        let first = rotated(&scene, &endpoint, 0).await;
        let second = rotated(&scene, &endpoint, 60).await;
        assert_ne!(first, second);
        scene.post("x").await;
        let arrived = scene.receiver.next().await;
        let both = format!("{} {}", signature(&second, &arrived), signature(&first, &arrived));
        assert_eq!(arrived.header("webhook-signature"), both);
        host.clock.advance(Duration::from_mins(1));
        scene.post("y").await;
        let arrived = scene.receiver.next().await;
        assert_eq!(arrived.header("webhook-signature"), signature(&second, &arrived));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn t05_a_retry_keeps_its_id_and_has_its_own_time(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        scene.receiver.answer([super::receiver::Reply::status(500)]);
        scene.post("x").await;
        let first = scene.receiver.next().await;
        scene.until_tried(&hook, 1).await;
        host.clock.advance(Duration::from_secs(6));
        let second = scene.receiver.next().await;
        assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
        assert_eq!(second.header("webhook-timestamp"), (START_MILLIS / 1000 + 6).to_string());
        assert_eq!(first.body, second.body);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn an_overlap_is_at_most_a_week(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let endpoint = scene.endpoint(&hook).await;
        let path = format!("{OWN}/endpoints/{}/secrets/rotate", text(&endpoint["id"]));
        let refused = scene.admin.post(&path, json!({"overlap_s": 604_801})).await;
        assert_eq!(refused_problem(&refused, 400)["field"], "overlap_s");
    }
}
