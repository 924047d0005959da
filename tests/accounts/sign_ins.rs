//! Sign-ins: listing and ending them, idleness, and throttling of guesses. Administrators searching tokens.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend, soon};
use serde_json::{Value, json};

use crate::support::refused;

const ME: &str = "/api/v4/users/me";
const LOGIN: &str = "/api/v4/users/login";

each_backend! {
    async fn sign_ins_are_listed_and_ended_one_by_one(host: TestHost) {
        let one = host.user("anna").await;
        host.clock.advance(Duration::from_secs(1));
        let other = host.user("anna").await;
        let list = other.get(&format!("{ME}/sessions")).await.expect(200);
        let list = list.as_array().unwrap();
        assert_eq!(list.len(), 2);
        let now = host.clock.now().as_millis();
        assert_eq!(list[0], json!({
            "id": list[0]["id"], "token": "", "create_at": now, "expires_at": now + 720 * 3_600_000,
            "last_activity_at": now, "user_id": other.id(), "device_id": "", "roles": "system_user",
            "is_oauth": false, "expired_notify": false, "team_members": [], "local": false, "props": {
                "platform": "Windows", "os": "", "browser": "Unknown/0.0", "csrf": list[0]["props"]["csrf"],
                "isMobile": "false", "isOAuthUser": "false", "isSaml": "false", "is_guest": "false",
            },
        }));
        assert_eq!(list[1]["last_activity_at"], now - 1000);
        let mut socket = host.socket(&one).await;
        let chosen = json!({"session_id": list[1]["id"]});
        other.post(&format!("{ME}/sessions/revoke"), chosen.clone()).await.expect(200);
        assert_eq!(socket.frame().await, None);
        refused(&one.get(ME).await, 401);
        other.get(ME).await.expect(200);
        refused(&other.post(&format!("{ME}/sessions/revoke"), chosen).await, 400);
        refused(&other.post(&format!("{ME}/sessions/revoke"), json!({"session_id": null})).await, 400);
        other.post(&format!("{ME}/sessions/revoke/all"), json!({})).await.expect(200);
        refused(&other.get(ME).await, 401);
    }
}

each_backend! {
    async fn only_an_administrator_sees_and_ends_others_sign_ins(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let path = format!("/api/v4/users/{}/sessions", anna.id());
        refused(&bob.get(&path).await, 403);
        refused(&bob.post(&format!("{path}/revoke/all"), json!({})).await, 403);
        let mine = bob.get(&format!("{ME}/sessions")).await.expect(200);
        refused(&anna.post(&format!("{ME}/sessions/revoke"), json!({"session_id": mine[0]["id"]})).await, 400);
        assert_eq!(admin.get(&path).await.expect(200).as_array().unwrap().len(), 1);
        admin.post(&format!("{path}/revoke/all"), json!({})).await.expect(200);
        refused(&anna.get(ME).await, 401);
        bob.get(ME).await.expect(200);
    }
}

each_backend! {
    with |config| { config.access.session_idle_hours = 2; config.access.session_hours = 5; }
    async fn an_idle_sign_in_ends_before_one_in_use(host: TestHost) {
        let (idle, used) = (host.user("anna").await, host.user("anna").await);
        host.clock.advance(Duration::from_mins(119));
        used.get(ME).await.expect(200);
        host.clock.advance(Duration::from_mins(1));
        refused(&idle.get(ME).await, 401);
        for _ in 0..2 {
            used.get(ME).await.expect(200);
            host.clock.advance(Duration::from_mins(89));
        }
        used.get(ME).await.expect(200);
        host.clock.advance(Duration::from_mins(2));
        refused(&used.get(ME).await, 401);
    }
}

each_backend! {
    async fn the_last_use_of_a_sign_in_is_stored_to_the_minute(host: TestHost) {
        let anna = host.user("anna").await;
        let start = host.clock.now().as_millis();
        let seen = async || anna.get(&format!("{ME}/sessions")).await.expect(200)[0]["last_activity_at"].clone();
        host.clock.advance(Duration::from_secs(59));
        assert_eq!(seen().await, start);
        host.clock.advance(Duration::from_secs(1));
        assert_eq!(seen().await, start + 60_000);
    }
}

each_backend! {
    async fn after_ten_failures_an_account_waits(host: TestHost) {
        host.user("anna").await;
        let attempt = async |login: &str, password: &str| {
            host.anonymous().post(LOGIN, json!({"login_id": login, "password": password})).await
        };
        for login in ["anna", "anna@example.org"].iter().cycle().take(10) {
            assert_ne!(refused(&attempt(login, "guess").await, 401)["id"], "api.user.check_user_login_attempts.too_many.app_error");
        }
        let response = attempt("anna", "password-of-anna").await;
        let error = refused(&response, 429);
        assert_eq!(response.header("retry-after"), Some("1"));
        assert_eq!(error["id"], "api.user.check_user_login_attempts.too_many.app_error");
        assert_eq!(error["message"], "too many failed attempts; try again in 1 seconds");
        host.clock.advance(Duration::from_secs(1));
        attempt("anna", "password-of-anna").await.expect(200);
        refused(&attempt("anna", "guess").await, 401);
        attempt("anna", "password-of-anna").await.expect(200);
    }
}

each_backend! {
    async fn failures_at_an_account_are_audited_with_the_address(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        for login in ["anna", "anna@example.org", "nobody"] {
            refused(&host.anonymous().post(LOGIN, json!({"login_id": login, "password": "guess"})).await, 401);
        }
        let failures = soon("the audit of both failures", async {
            loop {
                // The rows are written in the background.
                let rows = admin.get("/api/jackfield/v1/audit?action=user.login").await.expect(200);
                let rows = rows["items"].as_array().expect("rows").clone();
                if rows.len() >= 2 {
                    break rows;
                }
            }
        });
        let mut numbers = Vec::new();
        for row in failures.await {
            assert_eq!((&row["action"], &row["actor_id"]), (&json!("user.login.fail"), &Value::Null));
            assert_eq!((&row["thing_id"], &row["after"]["address"]), (&json!(anna.id()), &json!("127.0.0.1")));
            numbers.push(row["after"]["failures"].as_i64());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, [Some(1), Some(2)]);
    }
}

each_backend! {
    async fn an_unknown_account_waits_as_long(host: TestHost) {
        host.admin().await;
        let ids = async |status: u16| {
            let request = json!({"login_id": "nobody", "password": "guess"});
            refused(&host.anonymous().post(LOGIN, request).await, status)["id"].clone()
        };
        for _ in 0..10 {
            assert_eq!(ids(401).await, "api.user.login.invalid_credentials_email_username");
        }
        assert_eq!(ids(429).await, "api.user.check_user_login_attempts.too_many.app_error");
        let odd = json!({"login_id": "a\0", "password": "guess"});
        refused(&host.anonymous().post(LOGIN, odd).await, 400);
    }
}

each_backend! {
    with |config| {
        config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
        config.server.rate_per_second = 0;
    }
    async fn guessing_does_not_keep_the_owner_out(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let attempt = async |from: &str, password: &str, more: &[(&str, &str)]| {
            let body = json!({"login_id": "anna", "password": password}).to_string();
            let own = [("X-Forwarded-For", from), ("content-type", "application/json")];
            let headers = [&own[..], more].concat();
            host.anonymous().request("POST", LOGIN, &headers, body).await
        };
        let browser = [("X-Requested-With", "XMLHttpRequest")];
        let right = "password-of-anna";
        let first = attempt("203.0.113.7", right, &browser).await;
        first.expect(200);
        let cookie = first.headers("set-cookie").into_iter().find(|line| line.starts_with("JACKFIELDDEVICE=")).unwrap();
        assert!(cookie.contains("; HttpOnly; ") && cookie.contains("; SameSite=Lax; "), "{cookie}");
        let device = cookie.split(';').next().unwrap().to_owned();
        // The attacker is in the owner's network. Each attempt has an address of its own in one IPv6 network.
        let guesses = async |addresses: std::ops::Range<u32>| {
            let mut checked = 0;
            for number in addresses {
                let response = attempt(&format!("2001:db8::{number:x}"), "guess", &[]).await;
                checked += u32::from(response.status == 401);
            }
            checked
        };
        assert_eq!(guesses(1..60).await, 10);
        refused(&attempt("2001:db8::99", right, &[]).await, 429);
        // The owner gets in from another network, from a device that has signed in before, and with an earlier session.
        attempt("198.51.100.1", right, &[]).await.expect(200);
        refused(&attempt("2001:db8::1", right, &[("Cookie", format!("{device}x").as_str())]).await, 429);
        attempt("2001:db8::1", right, &[("Cookie", device.as_str())]).await.expect(200);
        let bearer = format!("Bearer {}", anna.token());
        attempt("2001:db8::1", right, &[("Authorization", bearer.as_str())]).await.expect(200);
        let bobs = format!("Bearer {}", host.user("bob").await.token());
        refused(&attempt("2001:db8::1", right, &[("Authorization", bobs.as_str())]).await, 429);
        // A stolen proof of a device has no more guesses than a stranger.
        for _ in 0..10 {
            refused(&attempt("198.51.100.9", "guess", &[("Cookie", device.as_str())]).await, 401);
        }
        refused(&attempt("198.51.100.9", right, &[("Cookie", device.as_str())]).await, 429);
        // A new password ends the proof.
        let passwords = json!({"current_password": right, "new_password": "another password"});
        anna.put(&format!("{ME}/password"), passwords).await.expect(200);
        refused(&attempt("2001:db8::1", "another password", &[("Cookie", device.as_str())]).await, 429);
        // Failures are audited in the background.
        let rows = jackfield_tests::soon("the rows", async {
            loop {
                let rows = admin.get("/api/jackfield/v1/audit?action=user.login").await.expect(200);
                if rows["items"].as_array().unwrap().len() >= 11 {
                    return rows;
                }
            }
        });
        let rows = rows.await["items"].clone();
        assert_eq!(rows.as_array().unwrap().len(), 11);
        let last = json!({"failures": 16, "address": "198.51.100.9"});
        assert_eq!((&rows[0]["thing_id"], &rows[0]["after"]), (&json!(anna.id()), &last));
    }
}

each_backend! {
    async fn a_clock_that_is_set_back_locks_no_account(host: TestHost) {
        host.user("anna").await;
        let attempt = async |password: &str| {
            host.anonymous().post(LOGIN, json!({"login_id": "anna", "password": password})).await.status
        };
        while attempt("guess").await == 401 {}
        host.clock.set_back(Duration::from_hours(24));
        assert_eq!(attempt("password-of-anna").await, 429);
        host.clock.advance(Duration::from_secs(1));
        assert_eq!(attempt("password-of-anna").await, 200);
    }
}

each_backend! {
    async fn a_proxy_that_is_not_declared_is_audited_once(host: TestHost) {
        let admin = host.admin().await;
        let headers = [("X-Forwarded-For", "203.0.113.7")];
        for _ in 0..3 {
            host.anonymous().request("GET", "/api/v4/system/ping", &headers, "").await.expect(200);
        }
        let rows = jackfield_tests::soon("the row", async {
            loop {
                let rows = admin.get("/api/jackfield/v1/audit?action=server").await.expect(200);
                if !rows["items"].as_array().unwrap().is_empty() {
                    return rows;
                }
            }
        });
        let rows = rows.await;
        assert_eq!(rows["items"].as_array().unwrap().len(), 1);
        assert_eq!(rows["items"][0]["after"], json!({"undeclared": "127.0.0.1"}));
    }
}

each_backend! {
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
    async fn administrators_search_all_tokens(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let mut token = anna.post(&format!("{ME}/tokens"), json!({"description": "script"})).await.expect(200);
        token.as_object_mut().unwrap().remove("token");
        bob.post(&format!("{ME}/tokens"), json!({"description": "other"})).await.expect(200);
        let one = format!("/api/v4/users/tokens/{}", token["id"].as_str().unwrap());
        assert_eq!(anna.get(&one).await.expect(200), token);
        assert_eq!(admin.get(&one).await.expect(200), token);
        refused(&bob.get(&one).await, 403);
        refused(&bob.get("/api/v4/users/tokens").await, 403);
        refused(&bob.post("/api/v4/users/tokens/search", json!({"term": "bob"})).await, 403);
        assert_eq!(admin.get("/api/v4/users/tokens").await.expect(200).as_array().unwrap().len(), 2);
        for term in [token["id"].clone(), json!(anna.id()), json!("anna")] {
            let found = admin.post("/api/v4/users/tokens/search", json!({"term": term})).await.expect(200);
            assert_eq!(found, json!([token]));
        }
        for term in [Value::Null, json!("a\0")] {
            refused(&admin.post("/api/v4/users/tokens/search", json!({"term": term})).await, 400);
        }
    }
}

each_backend! {
    async fn a_device_is_attached_to_one_sign_in(host: TestHost) {
        let (one, other) = (host.user("anna").await, host.user("anna").await);
        let device = "/api/v4/users/sessions/device";
        let attach = json!({"device_id": "apple:1"});
        one.put(device, attach.clone()).await.expect(200);
        for wrong in [json!({}), json!({"device_id": "x".repeat(513)})] {
            refused(&one.put(device, wrong).await, 400);
        }
        other.put(device, attach).await.expect(200);
        refused(&one.get(ME).await, 401);
        let list = other.get(&format!("{ME}/sessions")).await.expect(200);
        assert_eq!((list.as_array().map(Vec::len), &list[0]["device_id"]), (Some(1), &json!("apple:1")));
    }
}

each_backend! {
    async fn an_administrator_ends_all_sign_ins_of_all_accounts(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let mut socket = host.socket(&anna).await;
        refused(&anna.post("/api/v4/users/sessions/revoke/all", json!({})).await, 403);
        admin.post("/api/v4/users/sessions/revoke/all", json!({})).await.expect(200);
        assert_eq!(socket.frame().await, None);
        for client in [&admin, &anna] {
            refused(&client.get(ME).await, 401);
        }
    }
}
