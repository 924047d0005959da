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
            let mut responses = Vec::new();
            for id in [known, UNKNOWN_ID] {
                responses.push(client.get(&format!("{HOOKS}/{id}")).await);
                responses.push(client.delete(&format!("{HOOKS}/{id}")).await);
                responses.push(client.put(&format!("{HOOKS}/{id}"), json!({"id": id, "channel_id": place.channel_id})).await);
            }
            for channel in [&json!(place.channel_id), &private["id"], &json!(UNKNOWN_ID)] {
                responses.push(client.post(HOOKS, json!({"channel_id": channel})).await);
            }
            for query in [String::new(), format!("?team_id={}", place.team_id), format!("?team_id={UNKNOWN_ID}")] {
                responses.push(client.get(&format!("{HOOKS}{query}")).await);
            }
            let texts: Vec<Value> = responses.iter().map(|response| refused(response, 403)["message"].clone()).collect();
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
            refused(&anna.put(&path, json!({"channel_id": place.channel_id})).await, 404);
        }
        for channel in [&secret["id"], &json!(UNKNOWN_ID)] {
            refused(&anna.post(HOOKS, json!({"channel_id": channel})).await, 403);
        }
        let of_team = format!("{HOOKS}?team_id={}", place.team_id);
        assert_eq!(anna.get(&of_team).await.expect(200), json!([open]));
        assert_eq!(admin.get(&of_team).await.expect(200), json!([open, hidden]));
        let counted = format!("{of_team}&include_total_count=true&per_page=1");
        for (client, total) in [(&anna, 1), (&admin, 2)] {
            let expected = json!({"incoming_webhooks": [open], "total_count": total});
            assert_eq!(client.get(&counted).await.expect(200), expected);
        }
        let none = format!("{HOOKS}?include_total_count=true&team_id=short");
        assert_eq!(admin.get(&none).await.expect(200), json!({"incoming_webhooks": [], "total_count": 0}));
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
    async fn an_update_of_a_hook_replaces_its_settings(host: TestHost) {
        let (admin, bob) = (host.admin().await, host.user("bob").await);
        let place = host.place(&admin).await;
        let builds = host.channel(&admin, &place.team_id, "builds").await;
        let full = json!({
            "channel_id": place.channel_id, "display_name": "Builds", "description": "d", "username": "ci",
            "icon_url": "https://example.org/i.png", "channel_locked": true,
        });
        let hook = admin.post(HOOKS, full.clone()).await.expect(201);
        let path = format!("{HOOKS}/{}", hook["id"].as_str().expect("a text"));
        host.clock.advance(Duration::from_millis(1));
        // The owner, the team and the creation stay, whatever the body says.
        let update = json!({"id": hook["id"], "channel_id": builds["id"], "user_id": bob.id(), "create_at": 5});
        let updated = admin.put(&path, update).await.expect(201);
        let mut expected = hook.clone();
        expected["update_at"] = json!(hook["update_at"].as_i64().expect("a number") + 1);
        expected["channel_id"] = builds["id"].clone();
        for field in ["display_name", "description", "username", "icon_url"] {
            expected[field] = json!("");
        }
        expected["channel_locked"] = json!(false);
        assert_eq!(updated, expected);
        assert_eq!(admin.get(&path).await.expect(200), expected);
        let address = format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        assert_eq!(host.anonymous().post(&address, json!({"text": "x"})).await.status, 200);
        let message = posts(&admin, builds["id"].as_str().expect("a text")).await.pop().expect("a post");
        assert_eq!((&message["message"], &message["user_id"]), (&json!("x"), &json!(admin.id())));
        let row = admin.get("/api/jackfield/v1/audit?thing=hook").await.expect(200)["items"][0].clone();
        assert_eq!((&row["action"], &row["thing_id"]), (&json!("hook.update"), &hook["id"]));
        assert_eq!((&row["before"]["channel_id"], &row["after"]["channel_id"]), (&hook["channel_id"], &builds["id"]));
        admin.delete(&path).await.expect(200);
        refused(&admin.put(&path, full).await, 404);
    }
}

each_backend! {
    async fn an_update_of_a_hook_is_checked_as_its_creation(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let elsewhere = host.team(&admin, "elsewhere").await;
        let foreign = host.channel(&admin, elsewhere["id"].as_str().expect("a text"), "foreign").await;
        let hook = admin.post(HOOKS, json!({"channel_id": place.channel_id, "display_name": "CI"})).await.expect(201);
        let path = format!("{HOOKS}/{}", hook["id"].as_str().expect("a text"));
        let channel = &place.channel_id;
        for (body, status, id) in [
            (json!({"id": UNKNOWN_ID, "channel_id": channel}), 400, "api.context.invalid_body_param.app_error"),
            (json!({"display_name": "x"}), 404, "app.channel.get.existing.app_error"),
            (json!({"channel_id": UNKNOWN_ID}), 404, "app.channel.get.existing.app_error"),
            (json!({"channel_id": foreign["id"]}), 400, "api.context.invalid_body_param.app_error"),
            (json!({"channel_id": channel, "team_id": elsewhere["id"]}), 400, "api.webhook.team_mismatch.app_error"),
            (json!({"channel_id": channel, "display_name": "x".repeat(65)}), 400, "model.incoming_hook.display_name.app_error"),
            (json!({"channel_id": channel, "description": "x".repeat(501)}), 400, "model.incoming_hook.description.app_error"),
            (json!({"channel_id": channel, "icon_url": "javascript:alert(1)"}), 400, "model.incoming_hook.icon_url.app_error"),
            (json!({"channel_id": channel, "username": "has space"}), 400, "api.incoming_webhook.invalid_username.app_error"),
        ] {
            assert_eq!(refused(&admin.put(&path, body.clone()).await, status)["id"], id, "{body}");
        }
        assert_eq!(admin.get(&path).await.expect(200), hook);
    }
}

each_backend! {
    async fn a_teams_administrator_does_not_let_a_hook_of_a_system_administrator_post_elsewhere(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let builds = host.channel(&anna, &place.team_id, "builds").await;
        let at = |hook: &Value| format!("{HOOKS}/{}", hook["id"].as_str().expect("a text"));
        let locked = json!({"channel_id": place.channel_id, "channel_locked": true});
        let hook = admin.post(HOOKS, locked.clone()).await.expect(201);
        let renamed = json!({"channel_id": place.channel_id, "channel_locked": true, "display_name": "taken"});
        assert_eq!(anna.put(&at(&hook), renamed).await.expect(201)["user_id"], admin.id());
        for wider in [json!({"channel_id": place.channel_id}), json!({"channel_id": builds["id"], "channel_locked": true})] {
            refused(&anna.put(&at(&hook), wider.clone()).await, 403);
            admin.put(&at(&hook), wider).await.expect(201);
            admin.put(&at(&hook), locked.clone()).await.expect(201);
        }
        let of_bob = json!({"channel_id": place.channel_id, "channel_locked": true, "user_id": bob.id()});
        let hook = anna.post(HOOKS, of_bob).await.expect(201);
        assert_eq!(anna.put(&at(&hook), json!({"channel_id": builds["id"]})).await.expect(201)["user_id"], bob.id());
    }
}

each_backend! {
    async fn a_hook_needs_an_existing_channel_of_a_team(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        refused(&admin.post(HOOKS, json!({"channel_id": UNKNOWN_ID})).await, 404);
        refused(&admin.post(HOOKS, json!({"channel_id": "short"})).await, 404);
        refused(&admin.post(HOOKS, json!({"display_name": "x"})).await, 404);
        let request = json!({"channel_id": place.channel_id, "id": UNKNOWN_ID});
        assert_eq!(refused(&admin.post(HOOKS, request).await, 400)["id"], "app.webhooks.save_incoming.existing.app_error");
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

each_backend! {
    async fn fact_042_043_an_update_names_its_own_id_and_a_list_can_count(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let mut hooks = Vec::new();
        for name in ["one", "two", "three"] {
            let hook = json!({"channel_id": place.channel_id, "display_name": name});
            hooks.push(admin.post(HOOKS, hook).await.expect(201));
            host.clock.advance(std::time::Duration::from_millis(1));
        }
        let path = format!("{HOOKS}/{}", hooks[0]["id"].as_str().expect("a text"));
        let other = json!({"id": hooks[1]["id"], "channel_id": place.channel_id});
        assert_eq!(refused(&admin.put(&path, other).await, 400)["id"], "api.context.invalid_body_param.app_error");
        let list = format!("{HOOKS}?team_id={}&per_page=2&include_total_count=true", place.team_id);
        let counted = admin.get(&list).await.expect(200);
        assert_eq!(counted, json!({"incoming_webhooks": [hooks[0], hooks[1]], "total_count": 3}));
        assert_eq!(admin.get(&format!("{HOOKS}?team_id=short")).await.expect(200), json!([]));
        let anna = host.user("anna").await;
        host.place(&anna).await;
        for query in [list.as_str(), &format!("{HOOKS}?team_id=short")] {
            refused(&anna.get(query).await, 403);
        }
        let roles = json!({"scheme_user": true, "scheme_admin": true});
        admin.put(&format!("/api/v4/teams/{}/members/{}/schemeRoles", place.team_id, anna.id()), roles).await.expect(200);
        assert_eq!(anna.get(&list).await.expect(200), counted);
    }
}
