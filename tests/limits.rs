//! The rate limits: how many requests a client may send, and the response past the limit.

use std::time::Duration;

use jackfield::config::Config;
use jackfield_tests::{TestHost, TestResponse, each_backend};
use serde_json::json;

const BURST: u64 = 20;

/// Sets a low limit that applies to loopback as well, where all clients of tests are.
fn few(config: &mut Config) {
    config.server.rate_burst = 20;
    config.server.rate_limit_loopback = true;
}

/// Returns the numbers `X-RateLimit-Limit`, `-Remaining` and `-Reset` of a response.
fn rate_headers(response: &TestResponse) -> (u64, u64, u64) {
    let number = |name: &str| {
        response.header(name).unwrap_or_else(|| panic!("{name} in {response:?}")).parse().expect(name)
    };
    (number("x-ratelimit-limit"), number("x-ratelimit-remaining"), number("x-ratelimit-reset"))
}

#[track_caller]
fn exceeded(response: &TestResponse) {
    assert_eq!((response.status, response.text().as_str()), (429, "limit exceeded"));
    assert!(response.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
    assert_eq!(response.header("retry-after"), Some("1"));
    assert_eq!(rate_headers(response).1, 0);
    assert!(response.header("x-request-id").is_some() && response.header("x-version-id").is_some());
}

each_backend! {
    with |config| { super::few(config) }
    async fn fact_119_a_session_past_its_limit_gets_429(host: TestHost) {
        let admin = host.admin().await;
        for left in (0..BURST).rev() {
            let response = admin.get("/api/v4/users/me").await;
            assert_eq!((response.status, rate_headers(&response)), (200, (BURST, left, (BURST - left).div_ceil(10))));
        }
        let response = admin.get("/api/v4/users/me").await;
        exceeded(&response);
        assert_eq!(rate_headers(&response), (BURST, 0, 2));
        // All sessions of an account share its bucket. The first request of a new one counts against its address too.
        let again = host.admin().await;
        again.get("/api/v4/users/me").await.expect(200);
        exceeded(&again.get("/api/v4/users/me").await);
        host.clock.advance(Duration::from_millis(99));
        exceeded(&admin.get("/api/v4/users/me").await);
        host.clock.advance(Duration::from_millis(1));
        admin.get("/api/v4/users/me").await.expect(200);
        exceeded(&admin.get("/api/v4/users/me").await);
        host.clock.advance(Duration::from_mins(1));
        assert_eq!(rate_headers(&admin.get("/api/v4/users/me").await), (BURST, BURST - 1, 1));
    }
}

each_backend! {
    with |config| { super::few(config) }
    async fn anonymous_requests_count_by_address_even_with_invented_tokens(host: TestHost) {
        let admin = host.admin().await;
        admin.get("/api/v4/users/me").await.expect(200);
        host.clock.advance(Duration::from_mins(1));
        let ask = async |attempt: u64, path: &str| {
            let bearer = format!("Bearer invented{attempt}");
            host.anonymous().request("GET", path, &[("Authorization", bearer.as_str())], "").await
        };
        for attempt in 0..BURST / 2 {
            assert_eq!(ask(attempt, "/api/v4/users/me").await.status, 401);
            // The limit also applies to routes that need no session.
            assert_eq!(ask(attempt, "/api/v4/system/ping").await.status, 200);
        }
        exceeded(&ask(BURST, "/api/v4/users/me").await);
        exceeded(&ask(BURST, "/api/v4/system/ping").await);
        exceeded(&host.anonymous().get("/api/v4/system/ping").await);
        exceeded(&host.anonymous().post("/hooks/unknown", json!({"text": "x"})).await);
        host.anonymous().get("/healthz").await.expect(200);
        // Each account has its own bucket.
        admin.get("/api/v4/users/me").await.expect(200);
        admin.post("/api/v4/users/logout", json!({})).await.expect(200);
        admin.get("/api/v4/users/me").await.expect(401);
        exceeded(&admin.get("/api/v4/users/me").await);
    }
}

each_backend! {
    with |config| { super::few(config) }
    async fn a_token_that_has_ended_does_not_use_up_its_accounts_bucket(host: TestHost) {
        let (old, admin) = (host.admin().await, host.admin().await);
        for client in [&old, &admin] {
            client.get("/api/v4/users/me").await.expect(200);
        }
        let sessions = admin.get("/api/v4/users/me/sessions").await.expect(200);
        assert_eq!(sessions.as_array().map(Vec::len), Some(3));
        let path = "/api/v4/users/me/password";
        let passwords = json!({"current_password": "password-of-admin", "new_password": "another password"});
        admin.put(path, passwords).await.expect(200);
        host.clock.advance(Duration::from_mins(1));
        // This route needs no session, so the limit learns only afterwards that the token proved none.
        for _ in 0..=BURST {
            old.get("/api/v4/system/ping").await.expect(200);
        }
        exceeded(&old.get("/api/v4/system/ping").await);
        for _ in 0..BURST {
            admin.get("/api/v4/users/me").await.expect(200);
        }
        exceeded(&admin.get("/api/v4/users/me").await);
    }
}

each_backend! {
    with |config| { config.server.rate_limit_loopback = true }
    async fn logins_have_a_smaller_bucket_of_their_own(host: TestHost) {
        host.admin().await;
        host.clock.advance(Duration::from_mins(1));
        // Each attempt has a login of its own, because guesses at one account wait sooner.
        let attempt = async |number: u32| {
            let wrong = json!({"login_id": format!("unknown{number}"), "password": "wrong"});
            host.anonymous().post("/api/v4/users/login", wrong).await
        };
        for number in 0..10 {
            assert_eq!(attempt(number).await.status, 401);
        }
        exceeded(&attempt(10).await);
        host.anonymous().get("/api/v4/system/ping").await.expect(200);
        host.clock.advance(Duration::from_millis(200));
        assert_eq!(attempt(11).await.status, 401);
        exceeded(&attempt(12).await);
    }
}

each_backend! {
    with |config| {
        super::few(config);
        config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    }
    async fn behind_a_trusted_proxy_each_client_has_its_own_bucket(host: TestHost) {
        let asked = async |forwarded: &str| {
            let headers = [("X-Forwarded-For", forwarded)];
            host.anonymous().request("GET", "/api/v4/system/ping", &headers, "").await
        };
        for invented in 0..BURST {
            let forwarded = format!("10.0.0.{invented}, 203.0.113.7");
            assert_eq!(asked(&forwarded).await.status, 200);
        }
        exceeded(&asked("203.0.113.7").await);
        assert_eq!(asked("203.0.113.8").await.status, 200);
    }
}

each_backend! {
    with |config| { config.server.rate_burst = 1 }
    async fn loopback_has_no_limit_and_an_untrusted_header_changes_nothing(host: TestHost) {
        let admin = host.admin().await;
        let headers = [("X-Forwarded-For", "203.0.113.7")];
        for _ in 0..30 {
            let response = admin.request("GET", "/api/v4/users/me", &headers, "").await;
            assert_eq!((response.status, response.header("x-ratelimit-limit")), (200, None));
        }
    }
}
