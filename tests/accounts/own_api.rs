//! The own API: permissions, audit rows and idempotent requests.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use crate::support::refused_problem;

const AUDIT: &str = "/api/jackfield/v1/audit";
const INVITATIONS: &str = "/api/jackfield/v1/invitations";

each_backend! {
    async fn the_rights_of_an_account_match_the_rules(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let me = async |client: &TestClient| client.get("/api/jackfield/v1/me").await.expect(200);
        let (seen, shown) = (me(&admin).await, me(&anna).await);
        let all = ["administer", "read_audit", "manage_accounts", "invite", "manage_plugins", "make_bots", "make_teams", "make_tokens"];
        assert_eq!((&seen["rights"], &seen["teams"]), (&json!(all), &json!([])));
        assert_eq!((&shown["rights"], &shown["user"]["id"]), (&json!(["make_teams"]), &json!(anna.id())));
        let team = &shown["teams"][0];
        assert_eq!((&team["name"], &team["roles"]), (&json!("main"), &json!("team_user team_admin")));
        let leads = ["enter", "make_channels", "join_public_channels", "manage", "add_members"];
        assert_eq!(team["rights"], json!(leads));
        assert_eq!(me(&bob).await["teams"][0]["rights"], json!(["enter", "make_channels", "join_public_channels", "add_members"]));
        admin.post(&format!("/api/v4/users/{}/demote", bob.id()), json!({})).await.expect(200);
        let guest = me(&bob).await;
        assert_eq!((&guest["rights"], &guest["teams"][0]["rights"]), (&json!([]), &json!(["enter"])));
        refused_problem(&host.anonymous().get("/api/jackfield/v1/me").await, 401);
    }
}

/// Returns the actions of these rows, newest first.
fn actions(rows: &Value) -> Vec<&str> {
    rows["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect()
}

each_backend! {
    async fn every_change_of_an_account_is_audited(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let path = format!("/api/v4/users/{}", anna.id());
        admin.put(&format!("{path}/patch"), json!({"nickname": "A"})).await.expect(200);
        admin.put(&format!("{path}/roles"), json!({"roles": "system_user system_admin"})).await.expect(200);
        admin.put(&format!("{path}/roles"), json!({"roles": "system_user"})).await.expect(200);
        admin.put(&format!("{path}/password"), json!({"new_password": "long enough"})).await.expect(200);
        admin.post(&format!("{path}/demote"), json!({})).await.expect(200);
        admin.post(&format!("{path}/promote"), json!({})).await.expect(200);
        admin.delete(&path).await.expect(200);
        admin.put(&format!("{path}/active"), json!({"active": true})).await.expect(200);
        let rows = admin.get(&format!("{AUDIT}?thing=user&thing_id={}", anna.id())).await.expect(200);
        assert_eq!(actions(&rows), [
            "user.activate", "user.deactivate", "user.promote", "user.demote", "user.password", "user.roles",
            "user.roles", "user.update", "user.create",
        ]);
        let row = &rows["items"][6];
        assert_eq!(*row, json!({
            "id": row["id"], "actor_id": admin.id(), "action": "user.roles", "thing": "user", "thing_id": anna.id(),
            "before": {"roles": "system_user"}, "after": {"roles": "system_user system_admin"},
            "create_at": host.clock.now().as_millis(),
        }));
        assert_eq!((&rows["items"][7]["before"], &rows["items"][7]["after"]), (&json!({"nickname": ""}), &json!({"nickname": "A"})));
        assert!(!rows.to_string().contains("long enough"));
        refused_problem(&anna.get(AUDIT).await, 401);
        refused_problem(&host.user("bob").await.get(AUDIT).await, 403);
    }
}

each_backend! {
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
    async fn tokens_and_bots_are_audited_and_refusals_are_not(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let token = anna.post("/api/v4/users/me/tokens", json!({"description": "t"})).await.expect(200);
        let chosen = json!({"token_id": token["id"]});
        anna.post("/api/v4/users/tokens/disable", chosen.clone()).await.expect(200);
        anna.post("/api/v4/users/tokens/revoke", chosen).await.expect(200);
        let rows = admin.get(&format!("{AUDIT}?actor={}", anna.id())).await.expect(200);
        assert_eq!(actions(&rows), ["token.revoke", "token.disable", "token.create"]);
        assert!(!rows.to_string().contains(token["token"].as_str().unwrap()));
        admin.post("/api/v4/bots", json!({"username": "helper"})).await.expect(201);
        admin.post("/api/v4/bots", json!({"username": "helper"})).await.expect(400);
        assert_eq!(actions(&admin.get(&format!("{AUDIT}?action=bot")).await.expect(200)), ["bot.create"]);
    }
}

each_backend! {
    async fn joining_leaving_and_roles_of_teams_and_channels_are_audited(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let team = host.team(&admin, "crew").await;
        let team_id = team["id"].as_str().unwrap();
        let teams = format!("/api/v4/teams/{team_id}/members");
        admin.post(&teams, json!({"team_id": team_id, "user_id": anna.id()})).await.expect(201);
        let leads = json!({"roles": "team_user team_admin"});
        admin.put(&format!("{teams}/{}/roles", anna.id()), leads).await.expect(200);
        let channel = host.channel(&admin, team_id, "builds").await;
        let members = format!("/api/v4/channels/{}/members", channel["id"].as_str().unwrap());
        // A repeated request changes nothing.
        for _ in 0..2 {
            admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        }
        let leads = json!({"roles": "channel_user channel_admin"});
        admin.put(&format!("{members}/{}/roles", anna.id()), leads).await.expect(200);
        // Leaving a team again is no error, but it changes nothing.
        for (path, thing, id, again) in
            [(&members, "channel", &channel["id"], 404), (&teams, "team", &team["id"], 200)]
        {
            admin.delete(&format!("{path}/{}", anna.id())).await.expect(200);
            admin.delete(&format!("{path}/{}", anna.id())).await.expect(again);
            let about = format!("{AUDIT}?thing={thing}&thing_id={}", id.as_str().unwrap());
            let rows = admin.get(&about).await.expect(200);
            assert_eq!(actions(&rows), ["leave", "roles", "join"].map(|verb| format!("{thing}.{verb}")));
            let (was, became) = (format!("{thing}_user"), format!("{thing}_user {thing}_admin"));
            assert_eq!(rows["items"][1]["before"], json!({"user_id": anna.id(), "roles": was}));
            assert_eq!(rows["items"][1]["after"], json!({"user_id": anna.id(), "roles": became}));
            assert_eq!(rows["items"][0]["actor_id"], admin.id());
        }
    }
}

each_backend! {
    async fn audit_rows_are_filtered_paged_and_exported_as_csv(host: TestHost) {
        let admin = host.admin().await;
        let start = host.clock.now().as_millis();
        for name in ["anna", "bob", "cleo"] {
            host.clock.advance(Duration::from_secs(1));
            host.user(name).await;
        }
        let filter = format!("{AUDIT}?action=user.create&since={}", start + 1);
        let first = admin.get(&format!("{filter}&limit=2")).await.expect(200);
        let name = |row: &Value| row["after"]["username"].as_str().unwrap().to_owned();
        assert_eq!(first["items"].as_array().unwrap().iter().map(name).collect::<Vec<_>>(), ["cleo", "bob"]);
        let rest = format!("{filter}&limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
        let rest = admin.get(&rest).await.expect(200);
        assert_eq!(rest["items"].as_array().unwrap().iter().map(name).collect::<Vec<_>>(), ["anna"]);
        assert_eq!(rest["next_cursor"], Value::Null);
        let until = admin.get(&format!("{filter}&until={}", start + 2000)).await.expect(200);
        assert_eq!(until["items"].as_array().unwrap().len(), 1);
        let by_accept = admin.request("GET", &filter, &[("accept", "text/csv")], "").await;
        for response in [by_accept, admin.get(&format!("{filter}&format=csv")).await] {
            assert_eq!((response.status, response.header("content-type")), (200, Some("text/csv")));
            assert_eq!(response.text().lines().count(), 4);
            assert!(response.text().starts_with("id,create_at,actor_id,action,thing,thing_id,before,after\r\n"));
        }
        for wrong in ["since=yesterday", "until=x", "actor=x", "cursor=x"] {
            refused_problem(&admin.get(&format!("{AUDIT}?{wrong}")).await, 400);
        }
    }
}

async fn keyed(client: &TestClient, path: &str, key: &str, body: Value) -> TestResponse {
    let headers = [("idempotency-key", key), ("content-type", "application/json")];
    client.request("POST", path, &headers, body.to_string()).await
}

each_backend! {
    async fn a_request_with_an_idempotency_key_runs_once(host: TestHost) {
        let admin = host.admin().await;
        let first = keyed(&admin, INVITATIONS, "k1", json!({"expires_h": 5})).await;
        let made = first.expect(201);
        let again = keyed(&admin, INVITATIONS, "k1", json!({"expires_h": 5})).await;
        assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
        assert_eq!((again.expect(201), again.header("content-type")), (made.clone(), Some("application/json")));
        assert_ne!(keyed(&admin, INVITATIONS, "k2", json!({"expires_h": 5})).await.expect(201)["id"], made["id"]);
        let rows = admin.get(&format!("{AUDIT}?action=invitation.create")).await.expect(200);
        assert_eq!(rows["items"].as_array().unwrap().len(), 2);
    }
}

each_backend! {
    async fn an_idempotency_key_fits_one_request_of_one_account(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        keyed(&admin, INVITATIONS, "k1", json!({"expires_h": 5})).await.expect(201);
        let error = refused_problem(&keyed(&admin, INVITATIONS, "k1", json!({"expires_h": 6})).await, 409);
        assert_eq!(error["code"], "idempotency.key_reused");
        refused_problem(&keyed(&admin, "/api/jackfield/v1/bridges", "k1", json!({"expires_h": 5})).await, 409);
        refused_problem(&keyed(&anna, INVITATIONS, "k1", json!({"expires_h": 5})).await, 403);
        refused_problem(&keyed(&host.anonymous(), INVITATIONS, "k1", json!({"expires_h": 5})).await, 401);
    }
}

each_backend! {
    async fn a_stored_response_is_not_repeated_to_an_account_that_has_lost_its_rights(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let roles = async |roles: &str| {
            let path = format!("/api/v4/users/{}/roles", anna.id());
            admin.put(&path, json!({"roles": roles})).await.expect(200);
        };
        roles("system_admin system_user").await;
        let made = keyed(&anna, INVITATIONS, "k1", json!({"expires_h": 5})).await.expect(201);
        roles("system_user").await;
        let again = keyed(&anna, INVITATIONS, "k1", json!({"expires_h": 5})).await;
        refused_problem(&again, 403);
        assert!(!again.text().contains(made["token"].as_str().unwrap()));
        roles("system_admin system_user").await;
        assert_eq!(keyed(&anna, INVITATIONS, "k1", json!({"expires_h": 5})).await.expect(201), made);
    }
}

each_backend! {
    async fn only_an_administrator_sends_a_package_with_a_key(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let headers = [("idempotency-key", "k1"), ("content-type", "application/wasm")];
        let send = |client: &TestClient, size: usize| {
            let client = client.clone();
            async move { client.request("POST", "/api/jackfield/v1/plugins", &headers, vec![b'x'; size]).await }
        };
        // The bodies have `server.max_body` bytes and one more; the host never buffers more than the limit.
        refused_problem(&send(&anna, 300_000).await, 403);
        refused_problem(&send(&anna, 300_001).await, 413);
        let error = refused_problem(&send(&admin, 300_001).await, 422);
        assert_eq!(error["code"], "plugin.refused");
    }
}

each_backend! {
    async fn a_refused_request_frees_its_key(host: TestHost) {
        let admin = host.admin().await;
        refused_problem(&keyed(&admin, INVITATIONS, "k1", json!({"expires_h": 0})).await, 400);
        keyed(&admin, INVITATIONS, "k1", json!({"expires_h": 1})).await.expect(201);
        refused_problem(&keyed(&admin, INVITATIONS, &"k".repeat(256), json!({})).await, 400);
        refused_problem(&keyed(&admin, INVITATIONS, "", json!({})).await, 400);
    }
}
