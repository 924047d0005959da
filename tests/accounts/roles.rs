//! Deactivation, roles and passwords.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::json;

use crate::support::refused;

const USERS: &str = "/api/v4/users";

async fn login(host: &TestHost, name: &str, password: &str) -> jackfield_tests::TestResponse {
    host.anonymous().post(&format!("{USERS}/login"), json!({"login_id": name, "password": password})).await
}

async fn set_active(by: &TestClient, who: &TestClient, active: bool) -> jackfield_tests::TestResponse {
    by.put(&format!("{USERS}/{}/active", who.id()), json!({"active": active})).await
}

each_backend! {
    async fn a_deactivated_account_cannot_sign_in_until_activated(host: TestHost) {
        let (admin, bob) = (host.admin().await, host.user("bob").await);
        let mut socket = host.socket(&bob).await;
        set_active(&admin, &bob, false).await.expect(200);
        assert_eq!(socket.frame().await, None);
        refused(&bob.get(&format!("{USERS}/me")).await, 401);
        let error = refused(&login(&host, "bob", "password-of-bob").await, 401);
        assert_eq!(error["id"], "api.user.login.inactive.app_error");
        let shown = admin.get(&format!("{USERS}/{}", bob.id())).await.expect(200);
        assert_eq!(shown["delete_at"], host.clock.now().as_millis());
        set_active(&admin, &bob, true).await.expect(200);
        refused(&bob.get(&format!("{USERS}/me")).await, 401);
        host.user("bob").await.get(&format!("{USERS}/me")).await.expect(200);
    }
}

each_backend! {
    async fn only_administrators_deactivate_and_one_of_them_stays(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        refused(&set_active(&anna, &bob, false).await, 403);
        refused(&anna.delete(&format!("{USERS}/me")).await, 403);
        refused(&admin.put(&format!("{USERS}/{}/active", bob.id()), json!({"active": null})).await, 400);
        refused(&admin.delete(&format!("{USERS}/kkkkkkkkkkkkkkkkkkkkkkkkkk")).await, 404);
        // Accounts are not removed for good, so a request for that changes nothing.
        for spelling in ["true", "1"] {
            refused(&admin.delete(&format!("{USERS}/{}?permanent={spelling}", bob.id())).await, 403);
        }
        bob.get(&format!("{USERS}/me")).await.expect(200);
        for response in [
            admin.delete(&format!("{USERS}/me")).await,
            admin.put(&format!("{USERS}/me/roles"), json!({"roles": "system_user"})).await,
        ] {
            assert_eq!(refused(&response, 400)["id"], "api.user.last_admin.app_error");
        }
        let roles = json!({"roles": "system_user system_admin"});
        admin.put(&format!("{USERS}/{}/roles", anna.id()), roles).await.expect(200);
        admin.delete(&format!("{USERS}/me")).await.expect(200);
        set_active(&anna, &bob, false).await.expect(200);
    }
}

each_backend! {
    async fn only_administrators_set_roles_which_apply_at_once(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let path = format!("{USERS}/{}/roles", anna.id());
        refused(&anna.put(&path, json!({"roles": "system_admin system_user"})).await, 403);
        for wrong in ["", "system_admin", "system_user king", "system_guest", "team_admin"] {
            refused(&admin.put(&path, json!({"roles": wrong})).await, 400);
        }
        let mut hers = host.socket(&anna).await;
        admin.put(&path, json!({"roles": "system_user system_admin"})).await.expect(200);
        hers.event("user_updated").await;
        let event = hers.event("user_role_updated").await;
        assert_eq!(event["data"], json!({"user_id": anna.id(), "roles": "system_user system_admin"}));
        assert_eq!(anna.get(&format!("{USERS}/me")).await.expect(200)["roles"], "system_user system_admin");
        set_active(&anna, &bob, false).await.expect(200);
        admin.put(&path, json!({"roles": "system_user"})).await.expect(200);
        refused(&set_active(&anna, &bob, true).await, 403);
    }
}

each_backend! {
    async fn a_new_password_needs_the_current_one_and_ends_other_sign_ins(host: TestHost) {
        let (one, other) = (host.user("anna").await, host.user("anna").await);
        let path = format!("{USERS}/me/password");
        let wrong = json!({"current_password": "guess", "new_password": "another password"});
        assert_eq!(refused(&one.put(&path, wrong).await, 400)["id"], "api.user.update_password.incorrect.app_error");
        let short = json!({"current_password": "password-of-anna", "new_password": "short"});
        refused(&one.put(&path, short).await, 400);
        let right = json!({"current_password": "password-of-anna", "new_password": "another password"});
        one.put(&path, right).await.expect(200);
        one.get(&format!("{USERS}/me")).await.expect(200);
        refused(&other.get(&format!("{USERS}/me")).await, 401);
        refused(&login(&host, "anna", "password-of-anna").await, 401);
        login(&host, "anna", "another password").await.expect(200);
    }
}

each_backend! {
    async fn an_administrator_sets_a_password_without_the_current_one(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let path = format!("{USERS}/{}/password", anna.id());
        let new = json!({"new_password": "another password"});
        refused(&bob.put(&path, new.clone()).await, 403);
        admin.put(&path, new).await.expect(200);
        refused(&anna.get(&format!("{USERS}/me")).await, 401);
        login(&host, "anna", "another password").await.expect(200);
    }
}

each_backend! {
    with |config| { config.access.password_require_mixed = true; config.access.open_signup = true; }
    async fn a_password_can_be_required_to_mix_characters(host: TestHost) {
        let account = |password: &str| json!({"username": "bob", "email": "bob@example.org", "password": password});
        for wrong in ["password-1", "PASSWORD-1", "Password-x", "Password1x"] {
            let error = refused(&host.anonymous().post(USERS, account(wrong)).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains("password")), "{error}");
        }
        host.anonymous().post(USERS, account("Password-1")).await.expect(201);
    }
}

each_backend! {
    async fn a_program_with_the_role_posts_where_it_is_no_member(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let den = host.private_channel(&anna, &place.team_id, "den").await;
        let roles = format!("{USERS}/{}/roles", bob.id());
        let give = async |names: &str| admin.put(&roles, json!({"roles": names})).await.expect(200);
        let post = async |channel: &serde_json::Value| {
            bob.post("/api/v4/posts", json!({"channel_id": channel, "message": "x"})).await.status
        };
        let (open, closed) = (json!(place.channel_id), den["id"].clone());
        assert_eq!((post(&open).await, post(&closed).await), (403, 403));
        give("system_user system_post_all_public").await;
        assert_eq!((post(&open).await, post(&closed).await), (201, 403));
        give("system_user system_post_all").await;
        assert_eq!((post(&open).await, post(&closed).await), (201, 201));
        // To write is not to read.
        refused(&bob.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await, 403);
    }
}
