//! The second factor of an account: its secret, its codes, and sign-ins with them.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jackfield_tests::{TestHost, TestResponse, each_backend, soon};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::support::refused;

const ME: &str = "/api/v4/users/me";
const STEP: Duration = Duration::from_secs(30);

/// Returns the code that an authenticator with this secret shows now.
fn code(host: &TestHost, secret: &str) -> String {
    let key = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let step = host.clock.now().as_millis() / 30_000;
    let digest = Hmac::<Sha1>::new_from_slice(&key).unwrap().chain_update(step.to_be_bytes()).finalize();
    let digest = digest.into_bytes();
    let offset = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

async fn log_in(host: &TestHost, token: &str) -> TestResponse {
    let body = json!({"login_id": "anna", "password": "password-of-anna", "token": token});
    host.anonymous().post("/api/v4/users/login", body).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

each_backend! {
    async fn a_sign_in_needs_a_code_that_was_not_used_before(host: TestHost) {
        let anna = host.user("anna").await;
        let made = anna.post(&format!("{ME}/mfa/generate"), json!({})).await.expect(200);
        let secret = text(&made["secret"]);
        let picture = data_encoding::BASE64.decode(text(&made["qr_code"]).as_bytes()).unwrap();
        assert_eq!(&picture[1..4], b"PNG");
        // Without a code of it the factor is not in force.
        log_in(&host, "").await.expect(200);
        let wrong = refused(&anna.put(&format!("{ME}/mfa"), json!({"activate": true, "code": "1"})).await, 401);
        assert_eq!(wrong["id"], "mfa.activate.bad_token.app_error");
        let right = json!({"activate": true, "code": code(&host, &secret)});
        anna.put(&format!("{ME}/mfa"), right).await.expect(200);
        assert_eq!(anna.get(ME).await.expect(200)["mfa_active"], true);
        for none in ["", "12345", "1234567", "abcdef", "12345\u{661}"] {
            let error = refused(&log_in(&host, none).await, 401);
            assert_eq!(error["id"], "mfa.validate_token.authenticate.app_error", "{none}");
        }
        // The code that activated the factor is used up.
        let used = refused(&log_in(&host, &code(&host, &secret)).await, 401);
        assert_eq!(used["id"], "api.user.check_user_mfa.bad_code.app_error");
        host.clock.advance(STEP);
        log_in(&host, &code(&host, &secret)).await.expect(200);
        refused(&log_in(&host, &code(&host, &secret)).await, 401);
        anna.put(&format!("{ME}/mfa"), json!({"activate": false})).await.expect(200);
        log_in(&host, "").await.expect(200);
    }
}

each_backend! {
    async fn wrong_codes_are_slowed_down_like_wrong_passwords(host: TestHost) {
        let anna = host.user("anna").await;
        let made = anna.post(&format!("{ME}/mfa/generate"), json!({})).await.expect(200);
        let right = json!({"activate": true, "code": code(&host, &text(&made["secret"]))});
        anna.put(&format!("{ME}/mfa"), right).await.expect(200);
        let mut statuses = Vec::new();
        for _ in 0..12 {
            statuses.push(log_in(&host, "000000").await.status);
        }
        assert_eq!((statuses[0], statuses[11]), (401, 429), "{statuses:?}");
        // Guessing codes needs the right password, so administrators learn of it.
        let (admin, path) = (host.admin().await, "/api/jackfield/v1/audit?action=user.login.fail");
        let failures = soon("the audit of all failures", async {
            loop {
                // The rows are written in the background.
                let rows = admin.get(path).await.expect(200)["items"].clone();
                if rows.as_array().is_some_and(|rows| rows.len() >= 10) {
                    break rows;
                }
            }
        });
        assert!(failures.await.as_array().expect("rows").iter().all(|row| row["thing_id"] == anna.id()));
    }
}

each_backend! {
    async fn a_sign_in_without_a_code_is_not_counted_as_a_failure(host: TestHost) {
        let anna = host.user("anna").await;
        let made = anna.post(&format!("{ME}/mfa/generate"), json!({})).await.expect(200);
        let secret = text(&made["secret"]);
        anna.put(&format!("{ME}/mfa"), json!({"activate": true, "code": code(&host, &secret)})).await.expect(200);
        host.clock.advance(STEP);
        for _ in 0..9 {
            refused(&log_in(&host, "000000").await, 401);
        }
        // Clients begin in this way, to learn whether they need a code.
        for _ in 0..30 {
            let error = refused(&log_in(&host, "").await, 401);
            assert_eq!(error["id"], "mfa.validate_token.authenticate.app_error");
        }
        // It does not make earlier failures forgotten.
        refused(&log_in(&host, "000000").await, 401);
        refused(&log_in(&host, "").await, 429);
        host.clock.advance(STEP);
        log_in(&host, &code(&host, &secret)).await.expect(200);
    }
}

each_backend! {
    async fn only_the_account_and_administrators_change_a_factor(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let annas = format!("/api/v4/users/{}/mfa", anna.id());
        refused(&bob.post(&format!("{annas}/generate"), json!({})).await, 403);
        refused(&bob.put(&annas, json!({"activate": false})).await, 403);
        let made = anna.post(&format!("{annas}/generate"), json!({})).await.expect(200);
        let right = json!({"activate": true, "code": code(&host, &text(&made["secret"]))});
        anna.put(&annas, right).await.expect(200);
        // A stolen session cannot replace the secret.
        refused(&anna.post(&format!("{annas}/generate"), json!({})).await, 400);
        assert_eq!(bob.get(&format!("/api/v4/users/{}", anna.id())).await.expect(200)["username"], "anna");
        // An administrator helps an account whose authenticator is lost.
        admin.put(&annas, json!({"activate": false})).await.expect(200);
        log_in(&host, "").await.expect(200);
    }
}
