//! Managing incoming webhooks over the API.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::{UNKNOWN_ID, posts, refused};

const HOOKS: &str = "/api/v4/hooks/incoming";

each_backend! {
    async fn fact_041_creating_a_hook_is_201_and_deleting_one_ok(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let request = json!({
            "channel_id": place.channel_id, "display_name": "Builds", "description": "d", "username": "ci",
            "icon_url": "https://example.org/i.png", "channel_locked": true,
        });
        let hook = admin.post(HOOKS, request.clone()).await.expect(201);
        assert_eq!((&hook["user_id"], &hook["team_id"]), (&json!(admin.id()), &json!(place.team_id)));
        for (key, value) in request.as_object().expect("an object") {
            assert_eq!(&hook[key], value, "{key}");
        }
        let id = hook["id"].as_str().expect("a text");
        assert_eq!(id.len(), 26);
        let path = format!("{HOOKS}/{id}");
        assert_eq!(admin.get(&path).await.expect(200), hook);
        assert_eq!(admin.get(HOOKS).await.expect(200), json!([hook]));
        assert_eq!(admin.delete(&path).await.expect(200), json!({"status": "OK"}));
        refused(&admin.get(&path).await, 404);
        refused(&admin.delete(&path).await, 404);
        assert_eq!(admin.get(HOOKS).await.expect(200), json!([]));
    }
}

each_backend! {
    async fn members_manage_no_hooks_and_learn_of_none(host: TestHost) {
        let (admin, anna, cleo) = (host.admin().await, host.user("anna").await, host.user("cleo").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let hook = admin.post(HOOKS, json!({"channel_id": place.channel_id})).await.expect(201);
        let known = hook["id"].as_str().expect("a text");
        let private = host.private_channel(&admin, &place.team_id, "secret").await;
        for client in [&anna, &cleo] {
            let mut answers = Vec::new();
            for id in [known, UNKNOWN_ID] {
                answers.push(client.get(&format!("{HOOKS}/{id}")).await);
                answers.push(client.delete(&format!("{HOOKS}/{id}")).await);
            }
            for channel in [&json!(place.channel_id), &private["id"], &json!(UNKNOWN_ID)] {
                answers.push(client.post(HOOKS, json!({"channel_id": channel})).await);
            }
            for query in [String::new(), format!("?team_id={}", place.team_id), format!("?team_id={UNKNOWN_ID}")] {
                answers.push(client.get(&format!("{HOOKS}{query}")).await);
            }
            let texts: Vec<Value> = answers.iter().map(|answer| refused(answer, 403)["message"].clone()).collect();
            assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        }
        assert_eq!(admin.get(HOOKS).await.expect(200), json!([hook]));
    }
}

each_backend! {
    async fn a_teams_administrator_manages_its_hooks_except_those_of_hidden_channels(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&anna).await;
        let secret = host.private_channel(&admin, &place.team_id, "secret").await;
        let open = admin.post(HOOKS, json!({"channel_id": place.channel_id})).await.expect(201);
        host.clock.advance(Duration::from_millis(1));
        let hidden = admin.post(HOOKS, json!({"channel_id": secret["id"]})).await.expect(201);
        let at = |hook: &Value| format!("{HOOKS}/{}", hook["id"].as_str().expect("a text"));
        assert_eq!(anna.get(&at(&open)).await.expect(200), open);
        for path in [at(&hidden), format!("{HOOKS}/{UNKNOWN_ID}")] {
            refused(&anna.get(&path).await, 404);
            refused(&anna.delete(&path).await, 404);
        }
        for channel in [&secret["id"], &json!(UNKNOWN_ID)] {
            refused(&anna.post(HOOKS, json!({"channel_id": channel})).await, 403);
        }
        let of_team = format!("{HOOKS}?team_id={}", place.team_id);
        assert_eq!(anna.get(&of_team).await.expect(200), json!([open]));
        assert_eq!(admin.get(&of_team).await.expect(200), json!([open, hidden]));
        refused(&anna.get(HOOKS).await, 403);
        assert_eq!(admin.get(HOOKS).await.expect(200), json!([open, hidden]));
        let elsewhere = host.team(&admin, "elsewhere").await;
        refused(&anna.get(&format!("{HOOKS}?team_id={}", elsewhere["id"].as_str().expect("a text"))).await, 403);
        anna.delete(&at(&open)).await.expect(200);
        assert_eq!(anna.get(&of_team).await.expect(200), json!([]));
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn members_manage_their_own_hooks_if_the_option_allows_it(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&admin).await;
        let request = json!({"channel_id": place.channel_id});
        refused(&anna.post(HOOKS, request.clone()).await, 403);
        host.place(&anna).await;
        host.place(&bob).await;
        let hook = anna.post(HOOKS, request.clone()).await.expect(201);
        let path = format!("{HOOKS}/{}", hook["id"].as_str().expect("a text"));
        refused(&bob.get(&path).await, 404);
        refused(&bob.delete(&path).await, 404);
        assert_eq!(bob.get(HOOKS).await.expect(200), json!([]));
        let of_team = format!("{HOOKS}?team_id={}", place.team_id);
        for client in [&anna, &admin] {
            assert_eq!(client.get(&path).await.expect(200), hook);
            assert_eq!(client.get(HOOKS).await.expect(200), json!([hook]));
            assert_eq!(client.get(&of_team).await.expect(200), json!([hook]));
        }
        refused(&host.anonymous().get(&path).await, 401);
        refused(&host.anonymous().delete(&path).await, 401);
        let private = host.private_channel(&admin, &place.team_id, "secret").await;
        for channel in [&private["id"], &json!(UNKNOWN_ID)] {
            refused(&bob.post(HOOKS, json!({"channel_id": channel})).await, 403);
        }
        refused(&bob.post(HOOKS, json!({"channel_id": place.channel_id, "user_id": anna.id()})).await, 403);
        admin.post(&format!("/api/v4/users/{}/demote", bob.id()), json!({})).await.expect(200);
        refused(&bob.post(HOOKS, request).await, 403);
        refused(&bob.get(&of_team).await, 403);
        admin.delete(&path).await.expect(200);
    }
}

each_backend! {
    async fn a_hook_needs_an_existing_channel_of_a_team(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        refused(&admin.post(HOOKS, json!({"channel_id": UNKNOWN_ID})).await, 404);
        refused(&admin.post(HOOKS, json!({"channel_id": "short"})).await, 400);
        let direct = admin.post("/api/v4/channels/direct", json!([admin.id(), anna.id()])).await.expect(201);
        refused(&admin.post(HOOKS, json!({"channel_id": direct["id"]})).await, 403);
        refused(&host.anonymous().post(HOOKS, json!({"channel_id": place.channel_id})).await, 401);
        assert_eq!(admin.get(HOOKS).await.expect(200), json!([]));
    }
}

each_backend! {
    async fn an_administrator_creates_a_hook_for_another_account(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let for_account = |id: &str| json!({"channel_id": place.channel_id, "user_id": id});
        let hook = admin.post(HOOKS, for_account(bob.id())).await.expect(201);
        assert_eq!(hook["user_id"], bob.id());
        let path = format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        assert_eq!(host.anonymous().post(&path, json!({"text": "x"})).await.status, 200);
        assert_eq!(posts(&anna, &place.channel_id).await.pop().expect("a post")["user_id"], bob.id());
        refused(&admin.post(HOOKS, for_account(UNKNOWN_ID)).await, 404);
        refused(&admin.post(HOOKS, for_account("short")).await, 400);
        // The team's administrator names its members, but no administrator of the system.
        for id in [bob.id(), UNKNOWN_ID, admin.id()] {
            refused(&anna.post(HOOKS, for_account(id)).await, 403);
        }
        host.place(&admin).await;
        refused(&anna.post(HOOKS, for_account(admin.id())).await, 403);
        host.place(&bob).await;
        assert_eq!(anna.post(HOOKS, for_account(bob.id())).await.expect(201)["user_id"], bob.id());
        refused(&bob.post(HOOKS, for_account(anna.id())).await, 403);
    }
}

each_backend! {
    async fn hooks_made_and_removed_are_audited(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let hook = admin.post(HOOKS, json!({"channel_id": place.channel_id, "display_name": "CI"})).await.expect(201);
        admin.delete(&format!("{HOOKS}/{}", hook["id"].as_str().expect("a text"))).await.expect(200);
        let rows = admin.get("/api/jackfield/v1/audit?thing=hook").await.expect(200)["items"].clone();
        for (row, action, key) in [(&rows[1], "hook.create", "after"), (&rows[0], "hook.delete", "before")] {
            assert_eq!((&row["action"], &row["thing_id"], &row["actor_id"]), (&json!(action), &hook["id"], &json!(admin.id())));
            assert_eq!((&row[key]["channel_id"], &row[key]["display_name"]), (&hook["channel_id"], &json!("CI")));
        }
    }
}

each_backend! {
    async fn a_hooks_texts_have_their_limits(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        for (field, limit) in
            [("display_name", 64), ("description", 500), ("username", 64), ("icon_url", 1024)]
        {
            let with = |length: usize| {
                let mut request = json!({"channel_id": place.channel_id});
                let start = if field == "icon_url" { "https://" } else { "" };
                request[field] = Value::from(format!("{start}{}", "x".repeat(length - start.len())));
                request
            };
            admin.post(HOOKS, with(limit)).await.expect(201);
            let error = refused(&admin.post(HOOKS, with(limit + 1)).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{error}");
        }
        for link in ["javascript:alert(1)", "data:text/html,x", "//example.org/i.png"] {
            refused(&admin.post(HOOKS, json!({"channel_id": place.channel_id, "icon_url": link})).await, 400);
        }
        assert_eq!(admin.get(HOOKS).await.expect(200).as_array().map(Vec::len), Some(4));
    }
}
