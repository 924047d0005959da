//! Accounts that become bots, and bots that become accounts with a password.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use crate::support::refused;

each_backend! {
    async fn an_account_becomes_a_bot_and_a_person_again(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let to_bot = format!("/api/v4/users/{}/convert_to_bot", anna.id());
        refused(&bob.post(&to_bot, json!({})).await, 403);
        let bot = admin.post(&to_bot, json!({})).await.expect(200);
        assert_eq!((&bot["user_id"], &bot["owner_id"], &bot["display_name"]), (&json!(anna.id()), &json!(anna.id()), &json!("anna")));
        // Its sign-ins end, and its password is gone.
        refused(&anna.get("/api/v4/users/me").await, 401);
        let login = json!({"login_id": "anna", "password": "password-of-anna"});
        let refusal = refused(&host.anonymous().post("/api/v4/users/login", login).await, 401);
        assert_eq!(refusal["id"], "api.user.login.bot_login_forbidden.app_error");
        assert_eq!(bob.get(&format!("/api/v4/users/{}", anna.id())).await.expect(200)["is_bot"], true);
        refused(&admin.post(&to_bot, json!({})).await, 400);
        let to_user = format!("/api/v4/bots/{}/convert_to_user", anna.id());
        refused(&bob.post(&to_user, json!({"password": "another password"})).await, 403);
        refused(&admin.post(&to_user, json!({})).await, 400);
        refused(&admin.post(&to_user, json!({"password": "short"})).await, 400);
        let person = admin.post(&to_user, json!({"password": "another password", "nickname": "An"})).await.expect(200);
        assert_eq!((&person["is_bot"], &person["nickname"]), (&json!(false), &json!("An")));
        host.log_in("anna", "another password").await;
        refused(&admin.get(&format!("/api/v4/bots/{}", anna.id())).await, 404);
    }
}

each_backend! {
    async fn the_last_administrator_does_not_become_a_bot(host: TestHost) {
        let admin = host.admin().await;
        let mine = format!("/api/v4/users/{}/convert_to_bot", admin.id());
        assert_eq!(refused(&admin.post(&mine, json!({})).await, 400)["id"], "api.user.last_admin.app_error");
        admin.get("/api/v4/users/me").await.expect(200);
    }
}

each_backend! {
    async fn a_bot_becomes_an_administrator_if_the_request_says_so(host: TestHost) {
        let admin = host.admin().await;
        for (name, query, roles) in
            [("plain", "", "system_user"), ("chief", "?set_system_admin=true", "system_user system_admin")]
        {
            let bot = admin.post("/api/v4/bots", json!({"username": name})).await.expect(201);
            let path = format!("/api/v4/bots/{}/convert_to_user{query}", bot["user_id"].as_str().expect("a text"));
            let person = admin.post(&path, json!({"password": "another password"})).await.expect(200);
            assert_eq!(person["roles"], roles);
            let client = host.log_in(name, "another password").await;
            assert_eq!(client.get("/api/v4/config").await.status == 200, name == "chief");
        }
    }
}
