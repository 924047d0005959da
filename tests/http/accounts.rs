//! Creating accounts: permissions and validation.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const USERS: &str = "/api/v4/users";

fn account(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.org"), "password": "long enough"})
}

each_backend! {
    async fn only_the_first_account_becomes_an_administrator(host: TestHost) {
        let first = host.anonymous().post(USERS, account("first")).await.expect(201);
        assert_eq!(first["roles"], "system_admin system_user");
        let first = host.log_in("first", "long enough").await;
        let second = first.post(USERS, account("second")).await.expect(201);
        assert_eq!(second["roles"], "system_user");
    }
}

each_backend! {
    async fn only_one_of_concurrent_first_accounts_becomes_administrator(host: TestHost) {
        let anonymous = host.anonymous();
        let make = |name: &'static str| anonymous.post(USERS, account(name));
        let (a, b, c, d) = tokio::join!(make("aa"), make("bb"), make("cc"), make("dd"));
        let mut statuses = [a.status, b.status, c.status, d.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 403, 403, 403]);
    }
}

each_backend! {
    async fn a_forwarded_client_does_not_become_the_first_administrator(host: TestHost) {
        for header in ["X-Forwarded-For", "X-Real-IP", "Forwarded"] {
            let headers = [(header, "203.0.113.7"), ("content-type", "application/json")];
            for path in [USERS.to_owned(), format!("{USERS}?t=guess"), format!("{USERS}?iid=guess")] {
                let response = host.anonymous().request("POST", &path, &headers, account("thief").to_string()).await;
                assert_eq!(refused(&response, 403)["id"], "api.user.create_user.no_open_server");
            }
        }
        let settings = host.anonymous().get("/api/v4/config/client?format=old").await.expect(200);
        assert_eq!(settings["NoAccounts"], "true");
        host.anonymous().post(USERS, account("first")).await.expect(201);
    }
}

each_backend! {
    async fn later_accounts_need_an_administrator(host: TestHost) {
        let anna = host.user("anna").await;
        for client in [host.anonymous(), anna] {
            let error = refused(&client.post(USERS, account("bob")).await, 403);
            assert_eq!(error["id"], "api.user.create_user.no_open_server");
        }
        refused(&host.admin().await.get("/api/v4/users/username/bob").await, 404);
    }
}

each_backend! {
    with |config| { config.access.open_signup = true; }
    async fn with_open_sign_up_an_anonymous_client_creates_an_ordinary_account(host: TestHost) {
        host.admin().await;
        let bob = host.anonymous().post(USERS, account("bob")).await.expect(201);
        assert_eq!(bob["roles"], "system_user");
        host.log_in("bob", "long enough").await;
    }
}

each_backend! {
    async fn a_username_and_an_e_mail_address_belong_to_one_account(host: TestHost) {
        let admin = host.admin().await;
        admin.post(USERS, account("bob")).await.expect(201);
        for (username, email, taken) in [
            ("bob", "other@example.org", "username"),
            ("BOB", "o@example.org", "username"),
            ("bert", "Bob@example.org", "email"),
        ] {
            let mut again = account(username);
            again["email"] = json!(email);
            let error = refused(&admin.post(USERS, again).await, 400);
            assert_eq!(error["id"], format!("app.user.save.{taken}_exists.app_error"));
        }
        refused(&admin.get("/api/v4/users/username/bert").await, 404);
    }
}

each_backend! {
    async fn an_invalid_account_names_its_field(host: TestHost) {
        let admin = host.admin().await;
        for (field, wrong) in [
            ("username", json!("a b")),
            ("username", json!("ä")),
            ("username", json!("a\0")),
            ("username", json!("all")),
            ("username", json!("me")),
            ("username", json!("x".repeat(65))),
            ("email", json!("")),
            ("email", json!("bob")),
            ("email", json!("bob@")),
            ("password", json!("")),
            ("password", json!("short12")),
            ("password", json!("x".repeat(257))),
            ("nickname", json!("x".repeat(65))),
            ("first_name", json!("x".repeat(65))),
            ("last_name", json!("x".repeat(65))),
        ] {
            let mut request = account("bob");
            request[field] = wrong;
            let error = refused(&admin.post(USERS, request).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{error}");
        }
        refused(&admin.get("/api/v4/users/username/bob").await, 404);
        let mut fits = account("bob");
        fits["password"] = json!("äöüß€😀12");
        fits["nickname"] = json!("ä".repeat(64));
        admin.post(USERS, fits).await.expect(201);
    }
}

each_backend! {
    async fn an_account_shows_itself_without_its_password(host: TestHost) {
        let admin = host.admin().await;
        let mut request = account("bob");
        request["nickname"] = json!("Bobby");
        let bob = admin.post(USERS, request).await.expect(201);
        assert_eq!(
            (&bob["nickname"], &bob["locale"], &bob["delete_at"]),
            (&json!("Bobby"), &json!("en"), &json!(0))
        );
        assert_eq!(bob["create_at"], host.clock.now().as_millis());
        assert_eq!(bob.get("password"), None);
        let id = bob["id"].as_str().expect("a text");
        let anna = host.user("anna").await;
        assert_eq!(admin.get(&format!("{USERS}/{id}")).await.expect(200), bob);
        assert_eq!(admin.get(&format!("{USERS}/username/BOB")).await.expect(200), bob);
        let seen = anna.get(&format!("{USERS}/{id}")).await.expect(200);
        assert_eq!((&seen["username"], seen.get("notify_props")), (&json!("bob"), None));
        refused(&host.anonymous().get(&format!("{USERS}/{id}")).await, 401);
    }
}

each_backend! {
    async fn an_unknown_account_is_404_and_a_malformed_id_400(host: TestHost) {
        let admin = host.admin().await;
        refused(&admin.get(&format!("{USERS}/kkkkkkkkkkkkkkkkkkkkkkkkkk")).await, 404);
        // A path with a character that no id has is not that of an account.
        for name in ["nobody", "a%20b", "..%2fme"] {
            refused(&admin.get(&format!("{USERS}/username/{name}")).await, 404);
        }
        refused(&admin.get(&format!("{USERS}/absent")).await, 400);
        for name in ["a%20b", "..%2fme"] {
            assert_eq!(admin.get(&format!("{USERS}/{name}")).await.expect(404)["id"], "api.context.404.app_error");
        }
    }
}

each_backend! {
    async fn an_account_without_a_username_gets_one_and_its_id_is_the_servers(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let mut request = account("bob");
        request["username"] = json!(null);
        request["email_verified"] = json!(true);
        let bob = admin.post(USERS, request).await.expect(201);
        assert_eq!((bob["username"].as_str().map(str::len), &bob["email_verified"]), (Some(26), &json!(true)));
        let mut request = account("cleo");
        request["id"] = json!(anna.id());
        assert_eq!(refused(&admin.post(USERS, request).await, 400)["id"], "app.user.save.existing.app_error");
        let mut request = account("cleo");
        request["email"] = bob["email"].clone();
        assert_eq!(refused(&admin.post(USERS, request).await, 400)["id"], "app.user.save.email_exists.app_error");
    }
}
