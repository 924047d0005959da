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
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
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
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
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
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
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
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
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
    async fn a_member_makes_tokens_only_with_the_role_for_it(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let new = json!({"description": "x"});
        refused(&anna.post(MINE, new.clone()).await, 403);
        // An administrator makes one for her, which she may disable and revoke, but not enable again.
        let hers = format!("/api/v4/users/{}/tokens", anna.id());
        let token = admin.post(&hers, new.clone()).await.expect(200);
        let script = anna.with_token(token["token"].as_str().unwrap());
        refused(&script.post(MINE, new.clone()).await, 403);
        anna.post("/api/v4/users/tokens/disable", chosen(&token)).await.expect(200);
        refused(&anna.post("/api/v4/users/tokens/enable", chosen(&token)).await, 403);
        admin.post("/api/v4/users/tokens/enable", chosen(&token)).await.expect(200);
        let roles = format!("/api/v4/users/{}/roles", anna.id());
        admin.put(&roles, json!({"roles": "system_user system_user_access_token"})).await.expect(200);
        made(&anna, "mine").await;
        refused(&anna.post(&format!("/api/v4/users/{}/tokens", bob.id()), new.clone()).await, 403);
        // A bot makes no tokens for itself, so that a stolen one does not multiply.
        let bot = admin.post("/api/v4/bots", json!({"username": "helper"})).await.expect(201);
        let its = format!("/api/v4/users/{}/tokens", bot["user_id"].as_str().unwrap());
        let token = admin.post(&its, new.clone()).await.expect(200);
        refused(&admin.with_token(token["token"].as_str().unwrap()).post(&its, new).await, 403);
        let names = |role: &'static str| {
            let admin = admin.clone();
            async move { admin.get(&format!("/api/v4/roles/name/{role}")).await.expect(200)["permissions"].to_string() }
        };
        assert!(!names("system_user").await.contains("create_user_access_token"));
        assert!(names("system_user_access_token").await.contains("create_user_access_token"));
    }
}

each_backend! {
    async fn a_new_password_or_a_deactivation_disables_an_accounts_tokens(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let hers = format!("/api/v4/users/{}", anna.id());
        let new = async || {
            let token = admin.post(&format!("{hers}/tokens"), json!({"description": "x"})).await.expect(200);
            anna.with_token(token["token"].as_str().unwrap())
        };
        let (used, other) = (new().await, new().await);
        let passwords = json!({"current_password": "password-of-anna", "new_password": "another password"});
        // The token that the request came with stays, as a session does.
        used.put(&format!("{hers}/password"), passwords).await.expect(200);
        used.get("/api/v4/users/me").await.expect(200);
        refused(&other.get("/api/v4/users/me").await, 401);
        admin.put(&format!("{hers}/password"), json!({"new_password": "a third password"})).await.expect(200);
        refused(&used.get("/api/v4/users/me").await, 401);
        let left = new().await;
        let bot = admin.post("/api/v4/bots", json!({"username": "helper"})).await.expect(201);
        let its = bot["user_id"].as_str().unwrap();
        let token = admin.post(&format!("/api/v4/users/{its}/tokens"), json!({"description": "x"})).await.expect(200);
        let bot = admin.with_token(token["token"].as_str().unwrap());
        for account in [anna.id(), its] {
            for active in [false, true] {
                let path = format!("/api/v4/users/{account}/active");
                admin.put(&path, json!({"active": active})).await.expect(200);
            }
        }
        refused(&left.get("/api/v4/users/me").await, 401);
        // A bot has no other way to sign in, so its tokens only rest with it.
        bot.get("/api/v4/users/me").await.expect(200);
    }
}

each_backend! {
    async fn an_account_has_at_most_a_hundred_tokens(host: TestHost) {
        let admin = host.admin().await;
        for _ in 0..100 {
            made(&admin, "x").await;
        }
        let error = refused(&admin.post(MINE, json!({"description": "x"})).await, 400);
        assert!(error["message"].as_str().unwrap().ends_with("revoke one first"), "{error}");
        let listed = admin.get(&format!("{MINE}?per_page=200")).await.expect(200);
        assert_eq!(listed.as_array().map(Vec::len), Some(100));
        admin.post("/api/v4/users/tokens/revoke", chosen(&listed[0])).await.expect(200);
        made(&admin, "x").await;
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
