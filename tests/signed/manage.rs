//! Applications over the own API: administrators create, read, change and delete them.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{App, J, is_refused};
use crate::support::{refused, refused_problem};

each_backend! {
    async fn a_key_is_shown_once(host: TestHost) {
        let admin = host.admin().await;
        host.user("anna").await;
        let mut made = admin.post(J, json!({"name": "CI", "code": "Ci_2", "account": "anna"})).await.expect(201);
        let key = made.as_object_mut().expect("an object").remove("key").expect("a key");
        assert_eq!(key.as_str().map(str::len), Some(32));
        let expected = json!({
            "id": made["id"], "name": "CI", "code": "Ci_2", "account": "anna", "posts_as": "anna", "free": false,
            "addresses": "*", "dialects": ["d1", "d2", "d3"], "rungs": ["legacy", "body", "nonce", "hmac"],
            "weak": ["legacy", "body"], "enabled": true,
            "last_used": {"legacy": 0, "body": 0, "nonce": 0, "hmac": 0}, "previous_key_until": 0,
            "create_at": made["create_at"], "update_at": made["update_at"],
        });
        assert_eq!(made, expected);
        assert_eq!(admin.get(J).await.expect(200), json!({"items": [expected], "next_cursor": null}));
        assert_eq!(admin.get(&format!("{J}/{}", text(&made))).await.expect(200), expected);
    }
}

fn text(made: &Value) -> &str {
    made["id"].as_str().expect("an id")
}

each_backend! {
    async fn only_administrators_manage_applications(host: TestHost) {
        let (app, anna) = (App::create(&host, json!({})).await, host.user("anna").await);
        let one = format!("{J}/{}", app.id);
        refused_problem(&anna.get(J).await, 403);
        refused_problem(&anna.get(&one).await, 403);
        refused_problem(&anna.post(J, json!({"name": "x", "code": "x"})).await, 403);
        refused_problem(&anna.put(&one, json!({"enabled": false})).await, 403);
        for verb in ["rotate", "enable", "disable"] {
            refused_problem(&anna.post(&format!("{one}/{verb}"), json!({})).await, 403);
        }
        refused_problem(&anna.delete(&one).await, 403);
        refused_problem(&host.anonymous().get(J).await, 401);
        assert_eq!(app.get(&app.query("getGroupChats")).await.expect(200)["result"], "success");
    }
}

each_backend! {
    async fn an_invalid_field_is_named_in_the_refusal(host: TestHost) {
        let admin = host.admin().await;
        App::create(&host, json!({})).await;
        for (also, field) in [
            (json!({"code": ""}), "code"),
            (json!({"code": "x".repeat(21)}), "code"),
            (json!({"code": "a-b"}), "code"),
            (json!({"code": "é"}), "code"),
            (json!({"name": ""}), "name"),
            (json!({"name": "x".repeat(51)}), "name"),
            (json!({"name": "<b>"}), "name"),
            (json!({"addresses": ""}), "addresses"),
            (json!({"addresses": "10.0.0.0/33"}), "addresses"),
            (json!({"dialects": []}), "dialects"),
            (json!({"rungs": []}), "rungs"),
            (json!({"rungs": ["weak"]}), "rungs[0]"),
            (json!({"account": "unknown"}), "account"),
        ] {
            let mut request = json!({"name": "CI", "code": "other"});
            request.as_object_mut().expect("an object").extend(also.as_object().expect("an object").clone());
            assert_eq!(refused_problem(&admin.post(J, request).await, 400)["field"], field, "{also}");
        }
        refused_problem(&admin.post(J, json!({"name": "CI", "code": "ci"})).await, 409);
        assert_eq!(admin.get(J).await.expect(200)["items"].as_array().map(Vec::len), Some(1));
        let unknown = format!("{J}/kkkkkkkkkkkkkkkkkkkkkkkkkk");
        refused_problem(&admin.get(&unknown).await, 404);
        refused_problem(&admin.put(&unknown, json!({})).await, 404);
        refused_problem(&admin.delete(&unknown).await, 404);
        refused_problem(&admin.post(&format!("{unknown}/rotate"), json!({})).await, 404);
        refused_problem(&admin.get(&format!("{J}/x")).await, 400);
    }
}

each_backend! {
    async fn an_application_is_disabled_enabled_and_deleted(host: TestHost) {
        let (admin, app) = (host.admin().await, App::create(&host, json!({})).await);
        let (one, query) = (format!("{J}/{}", app.id), app.query("getGroupChats"));
        assert_eq!(admin.post(&format!("{one}/disable"), json!({})).await.expect(200)["enabled"], false);
        is_refused(&app.get(&query).await, 404, "Application does not exist.");
        assert_eq!(admin.post(&format!("{one}/enable"), json!({})).await.expect(200)["enabled"], true);
        assert_eq!(app.get(&query).await.expect(200)["result"], "success");
        assert_eq!(admin.delete(&one).await.status, 204);
        is_refused(&app.get(&query).await, 404, "Application does not exist.");
        refused_problem(&admin.delete(&one).await, 404);
        // The code may be used again; the old key is not valid.
        let again = App::create(&host, json!({})).await;
        is_refused(&app.get(&query).await, 401, "Invalid token.");
        assert_eq!(again.get(&query).await.expect(200)["result"], "success");
    }
}

each_backend! {
    async fn a_change_keeps_the_fields_it_does_not_name(host: TestHost) {
        let admin = host.admin().await;
        let anna = host.user("anna").await;
        let app = App::create(&host, json!({"addresses": "127.0.0.1", "rungs": ["hmac", "legacy", "legacy"]})).await;
        let one = format!("{J}/{}", app.id);
        let seen = admin.put(&one, json!({"name": "Renamed"})).await.expect(200);
        let kept = ["name", "addresses", "rungs", "free", "posts_as"].map(|key| seen[key].clone());
        assert_eq!(kept, [json!("Renamed"), json!("127.0.0.1"), json!(["legacy", "hmac"]), json!(true), json!("app-ci")]);
        let bound = admin.put(&one, json!({"account": "anna", "free": false})).await.expect(200);
        assert_eq!((&bound["account"], &bound["posts_as"]), (&json!("anna"), &json!("anna")));
        let unbound = admin.put(&one, json!({"account": ""})).await.expect(200);
        assert_eq!(unbound["account"], json!(null));
        refused_problem(&admin.put(&one, json!({"code": "other"})).await, 400);
        refused(&anna.get("/api/v4/users/kkkkkkkkkkkkkkkkkkkkkkkkkk").await, 404);
    }
}

each_backend! {
    async fn an_application_with_a_deactivated_account_sends_nothing(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let app = App::create(&host, json!({"free": false, "account": "anna"})).await;
        assert_eq!(app.get(&app.query("getGroupChats")).await.expect(200)["result"], "success");
        admin.delete(&format!("/api/v4/users/{}", anna.id())).await.expect(200);
        is_refused(&app.get(&app.query("getGroupChats")).await, 406, "Invalid account.");
    }
}

each_backend! {
    async fn changes_are_audited_without_keys(host: TestHost) {
        let admin = host.admin().await;
        let app = App::create(&host, json!({})).await;
        let one = format!("{J}/{}", app.id);
        admin.put(&one, json!({"addresses": "10.0.0.1"})).await.expect(200);
        let rotated = admin.post(&format!("{one}/rotate"), json!({"overlap_s": 0})).await.expect(200);
        admin.delete(&one).await.expect(204);
        admin.delete(&one).await.expect(404);
        let about = format!("/api/jackfield/v1/audit?thing=application&thing_id={}", app.id);
        let rows = admin.get(&about).await.expect(200);
        let actions: Vec<&Value> = rows["items"].as_array().expect("a list").iter().map(|row| &row["action"]).collect();
        assert_eq!(actions, ["application.delete", "application.rotate", "application.update", "application.create"]);
        let (update, said) = (&rows["items"][2], rows.to_string());
        assert_eq!((&update["before"], &update["after"]), (&json!({"addresses": "*"}), &json!({"addresses": "10.0.0.1"})));
        assert_eq!(update["actor_id"], admin.id());
        assert!(!said.contains(&app.key) && !said.contains(rotated["key"].as_str().expect("a key")), "{said}");
    }
}
