//! Signature strengths, from a signed query to an HMAC over everything, and which of them an application may use.

use std::time::Duration;

use jackfield_tests::{START_MILLIS, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{App, hmac_tag, is_refused, notices, works};

fn body() -> String {
    json!({"users": ["anna"], "title": "Hi", "sender": {"name": "CI"}}).to_string()
}

fn bsum(body: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(body.as_bytes()))
}

/// Sends a signed call with additional parameters.
async fn call(app: &App, also: &str, body: &str) -> TestResponse {
    let path = app.signed(&format!("{}{also}", app.query("sendNotification")));
    app.client.post_raw(&path, None, body.to_owned()).await
}

async fn hmac(app: &App, id: &str, seconds: i64, body: &str, sent: &str) -> TestResponse {
    let text = app.query("sendNotification");
    let signature = hmac_tag(&app.key, &format!("{id}.{seconds}.{text}\n{body}"));
    let seconds = seconds.to_string();
    let headers = [
        ("webhook-id", id),
        ("webhook-timestamp", seconds.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    app.client.request("POST", &format!("/api.php?{text}"), &headers, sent.to_owned()).await
}

fn now(host: &TestHost) -> i64 {
    host.clock.now().as_millis() / 1000
}

async fn used(app: &App, host: &TestHost) -> Value {
    app.seen(host).await["last_used"].clone()
}

each_backend! {
    async fn t66_another_body_than_the_signed_one_is_refused(host: TestHost) {
        let anna = host.user("anna").await;
        let app = App::create(&host, json!({})).await;
        let other = body().replace("Hi", "Ho");
        // The weakest strength signs only the query, so the same address passes with another body.
        assert_eq!(call(&app, "", &body()).await.expect(200), works());
        assert_eq!(call(&app, "", &other).await.expect(200), works());
        let signed = format!("&bsum={}", bsum(&body()));
        assert_eq!(call(&app, &signed, &body()).await.expect(200), works());
        is_refused(&call(&app, &signed, &other).await, 401, "The body has another digest than bsum.");
        app.change(&host, json!({"rungs": ["body", "nonce", "hmac"]})).await;
        is_refused(&call(&app, "", &body()).await, 403, "This application must sign more strongly.");
        is_refused(&call(&app, &signed, &other).await, 401, "The body has another digest than bsum.");
        assert_eq!(call(&app, &signed, &body()).await.expect(200), works());
        assert_eq!(notices(&anna).await.len(), 4);
        let nothing = format!("{}&bsum={}", app.query("getGroupChats"), bsum(""));
        assert_eq!(app.get(&nothing).await.expect(200)["result"], "success");
    }
}

each_backend! {
    async fn a_nonce_is_valid_once_and_near_its_time(host: TestHost) {
        let anna = host.user("anna").await;
        let app = App::create(&host, json!({"rungs": ["nonce"]})).await;
        let with = |ts: i64, nonce: &str| format!("&bsum={}&ts={ts}&nonce={nonce}", bsum(&body()));
        let first = with(now(&host), "first-one");
        assert_eq!(call(&app, &first, &body()).await.expect(200), works());
        is_refused(&call(&app, &first, &body()).await, 405, "Token has expired");
        is_refused(&call(&app, &with(now(&host) - 1, "first-one"), &body()).await, 405, "Token has expired");
        for skewed in [-301, 301, -100_000, 100_000] {
            let response = call(&app, &with(now(&host) + skewed, "other-one"), &body()).await;
            is_refused(&response, 407, "Timestamp Error");
        }
        let short = call(&app, &with(now(&host), "short"), &body()).await;
        is_refused(&short, 400, "A nonce has 8 to 128 characters and needs a time beside it.");
        let bare = format!("&bsum={}&nonce=without-time", bsum(&body()));
        is_refused(&call(&app, &bare, &body()).await, 400, "A nonce has 8 to 128 characters and needs a time beside it.");
        is_refused(&call(&app, "", &body()).await, 403, "This application must sign more strongly.");
        // Ten minutes later the nonce is forgotten, and every timestamp it could be sent with is out of range.
        host.clock.advance(Duration::from_secs(602));
        is_refused(&call(&app, &first, &body()).await, 407, "Timestamp Error");
        assert_eq!(call(&app, &with(now(&host), "first-one"), &body()).await.expect(200), works());
        assert_eq!(notices(&anna).await.len(), 2);
    }
}

each_backend! {
    async fn one_of_simultaneous_calls_with_the_same_nonce_passes(host: TestHost) {
        let anna = host.user("anna").await;
        let app = App::create(&host, json!({})).await;
        let also = format!("&bsum={}&ts={}&nonce=at-once-1", bsum(&body()), now(&host));
        let text = body();
        let responses = futures_util::future::join_all((0..8).map(|_| call(&app, &also, &text))).await;
        let passed = responses.iter().filter(|response| response.expect(200) == works()).count();
        assert_eq!((passed, notices(&anna).await.len()), (1, 1));
    }
}

each_backend! {
    async fn an_hmac_covers_query_and_body_and_is_valid_once(host: TestHost) {
        let anna = host.user("anna").await;
        let app = App::create(&host, json!({"rungs": ["hmac"]})).await;
        let text = body();
        assert_eq!(hmac(&app, "msg_00001", now(&host), &text, &text).await.expect(200), works());
        is_refused(&hmac(&app, "msg_00001", now(&host), &text, &text).await, 405, "Token has expired");
        is_refused(&hmac(&app, "msg_00002", now(&host), &text, "{}").await, 401, "Invalid token.");
        is_refused(&hmac(&app, "msg_00003", now(&host) - 301, &text, &text).await, 407, "Timestamp Error");
        is_refused(&call(&app, "", &text).await, 403, "This application must sign more strongly.");
        assert_eq!(hmac(&app, "msg_00004", now(&host) + 300, &text, &text).await.expect(200), works());
        assert_eq!(notices(&anna).await.len(), 2);
    }
}

each_backend! {
    async fn the_last_use_of_each_strength_is_shown(host: TestHost) {
        host.user("anna").await;
        let app = App::create(&host, json!({})).await;
        assert_eq!(used(&app, &host).await, json!({"legacy": 0, "body": 0, "nonce": 0, "hmac": 0}));
        assert_eq!(app.seen(&host).await["weak"], json!(["legacy", "body"]));
        assert_eq!(call(&app, "", &body()).await.expect(200), works());
        host.clock.advance(Duration::from_mins(2));
        let text = body();
        assert_eq!(hmac(&app, "msg_00001", now(&host), &text, &text).await.expect(200), works());
        let later = START_MILLIS + 120_000;
        assert_eq!(used(&app, &host).await, json!({"legacy": START_MILLIS, "body": 0, "nonce": 0, "hmac": later}));
        call(&app, &format!("&bsum={}", bsum(&text)), &text).await.expect(200);
        let nonce = format!("&bsum={}&ts={}&nonce=12345678", bsum(&text), now(&host));
        call(&app, &nonce, &text).await.expect(200);
        assert_eq!(used(&app, &host).await, json!({"legacy": START_MILLIS, "body": later, "nonce": later, "hmac": later}));
    }
}

each_backend! {
    async fn an_old_key_is_valid_until_its_overlap_ends(host: TestHost) {
        let (admin, app) = (host.admin().await, App::create(&host, json!({})).await);
        let rotate = format!("{}/{}/rotate", super::J, app.id);
        let rotated = admin.post(&rotate, json!({"overlap_s": 60})).await.expect(200);
        let new = App { key: rotated["key"].as_str().expect("a key").to_owned(), ..app.clone() };
        assert_ne!(new.key, app.key);
        assert_eq!(rotated["previous_key_until"], START_MILLIS + 60_000);
        let query = app.query("getGroupChats");
        for known in [&app, &new] {
            assert_eq!(known.get(&query).await.expect(200)["result"], "success");
        }
        host.clock.advance(Duration::from_mins(1));
        is_refused(&app.get(&query).await, 401, "Invalid token.");
        assert_eq!(new.get(&query).await.expect(200)["result"], "success");
        let at_once = admin.post(&rotate, json!({"overlap_s": 0})).await.expect(200);
        is_refused(&new.get(&query).await, 401, "Invalid token.");
        assert_eq!(at_once["previous_key_until"], 0);
    }
}

each_backend! {
    async fn the_direct_dialect_has_the_same_strengths(host: TestHost) {
        let anna = host.user("anna").await;
        let app = App::create(&host, json!({"rungs": ["nonce"], "dialects": ["d2"]})).await;
        let text = body();
        let also = format!("ts={}&nonce=direct-one&code=ci&bsum={}", now(&host), bsum(&text));
        let mut sorted: Vec<&str> = also.split('&').collect();
        sorted.sort_unstable();
        let token = super::token(&format!("im/sendNotification?{}", sorted.join("&")), &app.key);
        let path = format!("/im/sendNotification?{also}&token={token}");
        let other = app.client.post_raw(&path, None, text.replace("Hi", "Ho")).await;
        assert_eq!(other.expect(200), super::fails("The body has another digest than bsum."));
        assert_eq!(app.client.post_raw(&path, None, text.clone()).await.expect(200), works());
        let again = app.client.post_raw(&path, None, text).await;
        assert_eq!(again.expect(200), super::fails("Token has expired"));
        assert_eq!(notices(&anna).await.len(), 1);
    }
}

each_backend! {
    async fn used_stamps_and_nonces_survive_a_restart(mut host: TestHost) {
        let anna = host.user("anna").await;
        let app = App::create(&host, json!({})).await;
        let also = format!("&bsum={}&ts={}&nonce=before-it-stopped", bsum(&body()), now(&host));
        assert_eq!(call(&app, &also, &body()).await.expect(200), works());
        host.restart().await;
        is_refused(&call(&app, &also, &body()).await, 405, "Token has expired");
        assert_eq!(notices(&anna).await.len(), 1);
    }
}
