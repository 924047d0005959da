//! Personal access tokens: they are shown once and belong to one account.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const MINE: &str = "/api/v4/users/me/tokens";

async fn made(client: &TestClient, description: &str) -> Value {
    client.post(MINE, json!({"description": description})).await.expect(200)
}

/// Returns the body that disables, enables or revokes a token.
fn chosen(token: &Value) -> Value {
    json!({"token_id": token["id"]})
}

each_backend! {
    async fn fact_110_a_token_works_until_it_is_disabled(host: TestHost) {
        let anna = host.user("anna").await;
        let token = made(&anna, "for a script").await;
        let script = anna.with_token(token["token"].as_str().expect("a text"));
        assert_eq!(script.get("/api/v4/users/me").await.expect(200)["id"], anna.id());
        anna.post("/api/v4/users/tokens/disable", chosen(&token)).await.expect(200);
        refused(&script.get("/api/v4/users/me").await, 401);
        anna.post("/api/v4/users/tokens/enable", chosen(&token)).await.expect(200);
        script.get("/api/v4/users/me").await.expect(200);
        let revoked = anna.post("/api/v4/users/tokens/revoke", chosen(&token)).await.expect(200);
        assert_eq!(revoked, json!({"status": "OK"}));
        refused(&script.get("/api/v4/users/me").await, 401);
        refused(&anna.post("/api/v4/users/tokens/enable", chosen(&token)).await, 404);
        assert_eq!(anna.get(MINE).await.expect(200), json!([]));
    }
}

each_backend! {
    async fn a_token_is_shown_only_when_it_is_made(host: TestHost) {
        let anna = host.user("anna").await;
        let mut token = made(&anna, "for a script").await;
        assert_eq!(token["token"].as_str().map(str::len), Some(26));
        assert_eq!((&token["user_id"], &token["is_active"]), (&json!(anna.id()), &json!(true)));
        token.as_object_mut().expect("an object").remove("token");
        assert_eq!(anna.get(MINE).await.expect(200), json!([token]));
    }
}

each_backend! {
    async fn a_token_outlives_the_session_that_made_it(host: TestHost) {
        let anna = host.user("anna").await;
        let token = made(&anna, "x").await;
        let script = anna.with_token(token["token"].as_str().expect("a text"));
        script.post("/api/v4/users/logout", json!({})).await.expect(200);
        anna.post("/api/v4/users/logout", json!({})).await.expect(200);
        script.get("/api/v4/users/me").await.expect(200);
    }
}

each_backend! {
    async fn only_administrators_manage_tokens_of_others(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let token = made(&anna, "hers").await;
        let hers = format!("/api/v4/users/{}/tokens", anna.id());
        refused(&bob.get(&hers).await, 403);
        refused(&bob.post(&hers, json!({"description": "his"})).await, 403);
        for verb in ["disable", "enable", "revoke"] {
            refused(&bob.post(&format!("/api/v4/users/tokens/{verb}"), chosen(&token)).await, 403);
        }
        assert_eq!(anna.get(&hers).await.expect(200)[0]["is_active"], true);
        assert_eq!(admin.get(&hers).await.expect(200).as_array().map(Vec::len), Some(1));
        admin.post("/api/v4/users/tokens/revoke", chosen(&token)).await.expect(200);
        assert_eq!(anna.get(&hers).await.expect(200), json!([]));
    }
}

each_backend! {
    async fn a_token_needs_a_description(host: TestHost) {
        let admin = host.admin().await;
        for body in [json!({}), json!({"description": ""}), json!({"description": "x".repeat(256)})] {
            refused(&admin.post(MINE, body).await, 400);
        }
        made(&admin, &"ä".repeat(255)).await;
        let unknown = "/api/v4/users/kkkkkkkkkkkkkkkkkkkkkkkkkk/tokens";
        refused(&admin.post(unknown, json!({"description": "x"})).await, 404);
        assert_eq!(admin.get(MINE).await.expect(200).as_array().map(Vec::len), Some(1));
    }
}
