//! Profiles and pictures of accounts.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::files::pictures::{BOMB, PICTURE};
use crate::files::post_form;
use crate::support::refused;

const ME: &str = "/api/v4/users/me";

each_backend! {
    async fn a_patch_changes_only_what_it_names(host: TestHost) {
        let anna = host.user("anna").await;
        let before = anna.get(ME).await.expect(200);
        host.clock.advance(std::time::Duration::from_secs(5));
        let change = json!({
            "nickname": "Ännchen", "position": "Cook", "email": "New@Example.org", "locale": "de", "username": "Anna2",
            "props": {"theme": "dark"}, "first_name": null, "password": "password-of-anna",
        });
        let after = anna.put(&format!("{ME}/patch"), change).await.expect(200);
        let mut expected = before;
        for (key, value) in [
            ("nickname", json!("Ännchen")),
            ("position", json!("Cook")),
            ("email", json!("new@example.org")),
            ("locale", json!("de")),
            ("username", json!("anna2")),
            ("props", json!({"theme": "dark"})),
            ("update_at", json!(host.clock.now().as_millis())),
        ] {
            expected[key] = value;
        }
        assert_eq!(after, expected);
        assert_eq!(anna.get(ME).await.expect(200), expected);
        host.log_in("new@example.org", "password-of-anna").await;
    }
}

each_backend! {
    async fn an_update_empties_the_names_it_does_not_give(host: TestHost) {
        let anna = host.user("anna").await;
        anna.put(&format!("{ME}/patch"), json!({"nickname": "A", "position": "B", "props": {"k": "v"}})).await.expect(200);
        let path = format!("/api/v4/users/{}", anna.id());
        let updated = anna.put(&path, json!({"id": anna.id(), "first_name": "Anna"})).await.expect(200);
        let shown = [&updated["nickname"], &updated["position"], &updated["first_name"], &updated["username"]];
        assert_eq!(shown, [&json!(""), &json!(""), &json!("Anna"), &json!("anna")]);
        assert_eq!(updated["props"], json!({"k": "v"}));
        refused(&anna.put(&path, json!({"id": "other", "first_name": "Anna"})).await, 400);
        refused(&anna.put(&path, json!({"first_name": "Anna"})).await, 400);
    }
}

each_backend! {
    async fn only_the_account_itself_or_an_administrator_changes_a_profile(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let path = format!("/api/v4/users/{}/patch", anna.id());
        refused(&bob.put(&path, json!({"nickname": "x"})).await, 403);
        refused(&host.anonymous().put(&path, json!({"nickname": "x"})).await, 401);
        assert_eq!(admin.put(&path, json!({"nickname": "x"})).await.expect(200)["nickname"], "x");
        refused(&admin.put("/api/v4/users/kkkkkkkkkkkkkkkkkkkkkkkkkk/patch", json!({})).await, 404);
        let taken = refused(&anna.put(&path, json!({"username": "BOB"})).await, 400);
        assert_eq!(taken["id"], "app.user.save.username_exists.app_error");
        let _ = bob;
    }
}

each_backend! {
    async fn an_invalid_profile_names_its_field(host: TestHost) {
        let anna = host.user("anna").await;
        for (field, wrong) in [
            ("username", json!("")),
            ("username", json!("me")),
            ("email", json!("nobody")),
            ("email", json!("a\0@b")),
            ("nickname", json!("x".repeat(65))),
            ("nickname", json!("a\0b")),
            ("position", json!("x".repeat(129))),
            ("locale", json!("english")),
            ("props", json!({"k": "x".repeat(8000)})),
            ("props", json!({"k": "a\0"})),
            ("props", json!({"k": [0]})),
            ("props", json!((0..65).map(|n| (n.to_string(), "")).collect::<std::collections::BTreeMap<_, _>>())),
            ("notify_props", json!({"channel": true})),
            ("timezone", json!({"manualTimezone": 5})),
            ("timezone", json!({"manualTimezone": "x".repeat(65)})),
            ("timezone", json!({"other": "x"})),
        ] {
            let error = refused(&anna.put(&format!("{ME}/patch"), json!({field: wrong})).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{error}");
        }
        refused(&anna.put(&format!("{ME}/patch"), json!({"nickname": 5})).await, 400);
        assert_eq!(anna.get(ME).await.expect(200)["nickname"], "");
    }
}

each_backend! {
    async fn a_profile_change_is_published_with_preferences_only_to_its_account(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let (mut hers, mut his) = (host.socket(&anna).await, host.socket(&bob).await);
        let notify = json!({"notify_props": {"desktop": "all"}, "nickname": "A"});
        anna.put(&format!("{ME}/patch"), notify).await.expect(200);
        let (seen, received) = (hers.event("user_updated").await, his.event("user_updated").await);
        assert_eq!(seen["data"]["user"], anna.get(ME).await.expect(200));
        assert_eq!(received["data"]["user"], bob.get(&format!("/api/v4/users/{}", anna.id())).await.expect(200));
        assert_eq!(received["data"]["user"].get("notify_props"), None);
        host.user("cleo").await;
        let cleo = bob.get("/api/v4/users/username/cleo").await.expect(200);
        assert_eq!(his.event("new_user").await["data"], json!({"user_id": cleo["id"]}));
        let Value::Object(_) = received["data"]["user"] else { panic!("an object, not a text: {received}") };
    }
}

each_backend! {
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
    async fn an_e_mail_address_changes_only_with_the_password(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let token = anna.post(&format!("{ME}/tokens"), json!({"description": "t"})).await.expect(200);
        let script = anna.with_token(token["token"].as_str().unwrap());
        let whole = format!("/api/v4/users/{}", anna.id());
        for client in [&anna, &script] {
            for (password, status, error) in [
                (json!(null), 400, "api.context.invalid_body_param.app_error"),
                (json!(""), 400, "api.context.invalid_body_param.app_error"),
                (json!("wrong"), 401, "api.user.check_user_password.invalid.app_error"),
            ] {
                let change = json!({"id": anna.id(), "email": "thief@example.org", "password": password});
                assert_eq!(refused(&client.put(&format!("{ME}/patch"), change.clone()).await, status)["id"], error);
                assert_eq!(refused(&client.put(&whole, change).await, status)["id"], error);
            }
        }
        assert_eq!(anna.get(ME).await.expect(200)["email"], "anna@example.org");
        // The same address needs no password.
        let same = json!({"email": "Anna@example.org", "nickname": "A"});
        anna.put(&format!("{ME}/patch"), same).await.expect(200);
        let change = |email: &str, password: Value| json!({"email": email, "password": password});
        let right = change("new@example.org", json!("password-of-anna"));
        let changed = script.put(&format!("{ME}/patch"), right).await.expect(200);
        assert_eq!((&changed["email"], changed.get("password")), (&json!("new@example.org"), None));
        let other = change("other@example.org", json!(null));
        assert_eq!(admin.put(&format!("{whole}/patch"), other).await.expect(200)["email"], "other@example.org");
        // An administrator is no exception for the own account.
        refused(&admin.put(&format!("{ME}/patch"), change("x@example.org", json!(null))).await, 400);
    }
}

each_backend! {
    async fn guesses_of_the_password_with_a_session_are_slowed_down(host: TestHost) {
        let anna = host.user("anna").await;
        let change = |password: &str| json!({"email": "thief@example.org", "password": password});
        for _ in 0..10 {
            refused(&anna.put(&format!("{ME}/patch"), change("guess")).await, 401);
        }
        let response = anna.put(&format!("{ME}/patch"), change("password-of-anna")).await;
        assert_eq!(refused(&response, 429)["id"], "api.user.check_user_login_attempts.too_many.app_error");
        assert_eq!(response.header("retry-after"), Some("1"));
        // The owner's sign-in is not affected.
        host.log_in("anna", "password-of-anna").await;
    }
}

each_backend! {
    async fn a_time_zone_is_kept_in_three_texts(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let zone = async |client: &jackfield_tests::TestClient, path: &str| client.get(path).await.expect(200)["timezone"].clone();
        let unset = json!({"automaticTimezone": "", "manualTimezone": "", "useAutomaticTimezone": "true"});
        assert_eq!(zone(&anna, ME).await, unset);
        let chosen = json!({"useAutomaticTimezone": "false", "manualTimezone": "Asia/Omsk", "automaticTimezone": ""});
        let changed = anna.put(&format!("{ME}/patch"), json!({"timezone": chosen})).await.expect(200);
        assert_eq!(changed["timezone"], chosen);
        assert_eq!(zone(&bob, &format!("/api/v4/users/{}", anna.id())).await, chosen);
        // A patch of something else keeps it.
        anna.put(&format!("{ME}/patch"), json!({"nickname": "A"})).await.expect(200);
        assert_eq!(zone(&anna, ME).await, chosen);
    }
}

each_backend! {
    async fn every_account_has_its_own_picture_from_the_start(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let path = format!("/api/v4/users/{}/image", anna.id());
        let (hers, his) = (bob.get(&path).await, bob.get("/api/v4/users/me/image").await);
        assert_eq!((hers.status, hers.header("content-type")), (200, Some("image/png")));
        assert_eq!(hers.body[..8], *b"\x89PNG\r\n\x1a\n");
        assert_ne!(hers.body, his.body);
        assert_eq!(bob.get(&format!("{path}/default")).await.body, hers.body);
        let tag = hers.header("etag").unwrap();
        for known in [tag, &format!("\"other\", W/{tag}")] {
            let again = bob.request("GET", &path, &[("if-none-match", known)], "").await;
            assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)), "{known}");
        }
        refused(&host.anonymous().get(&path).await, 401);
        refused(&bob.get("/api/v4/users/kkkkkkkkkkkkkkkkkkkkkkkkkk/image").await, 404);
        refused(&bob.get("/api/v4/users/x/image").await, 400);
    }
}

each_backend! {
    async fn a_picture_of_ones_own_replaces_the_drawn_one(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let path = format!("/api/v4/users/{}/image", anna.id());
        let drawn = bob.get(&path).await;
        let mut socket = host.socket(&bob).await;
        let upload = async |by: &TestClient, name: &str, bytes: &[u8]| {
            post_form(by, &path, &[(name, Some("a.png"), bytes)]).await
        };
        refused(&upload(&bob, "image", &PICTURE).await, 403);
        refused(&upload(&anna, "picture", &PICTURE).await, 400);
        for wrong in [&b"no picture"[..], &BOMB] {
            refused(&upload(&anna, "image", wrong).await, 400);
        }
        refused(&upload(&anna, "image", &vec![0; 6 * 1024 * 1024 + 1]).await, 413);
        upload(&anna, "image", &PICTURE).await.expect(200);
        let event = socket.event("user_updated").await;
        assert!(event["data"]["user"]["last_picture_update"].is_i64(), "{event}");
        let own = bob.get(&path).await;
        assert_eq!((own.status, own.header("content-type")), (200, Some("image/jpeg")));
        assert_ne!(own.header("etag"), drawn.header("etag"));
        assert_eq!(bob.get(&format!("{path}/default")).await.body, drawn.body);
        admin.delete(&path).await.expect(200);
        assert_eq!(bob.get(&path).await.body, drawn.body);
        assert_eq!(anna.get(ME).await.expect(200)["last_picture_update"], Value::Null);
    }
}
