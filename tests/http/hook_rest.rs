//! Managing incoming webhooks over the API.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

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
    async fn only_the_owner_and_administrators_manage_a_hook(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        host.place(&bob).await;
        let hook = anna.post(HOOKS, json!({"channel_id": place.channel_id})).await.expect(201);
        let path = format!("{HOOKS}/{}", hook["id"].as_str().expect("a text"));
        refused(&bob.get(&path).await, 404);
        refused(&bob.delete(&path).await, 404);
        assert_eq!(bob.get(HOOKS).await.expect(200), json!([]));
        for client in [&anna, &admin] {
            assert_eq!(client.get(&path).await.expect(200), hook);
            assert_eq!(client.get(HOOKS).await.expect(200), json!([hook]));
            let of_team = format!("{HOOKS}?team_id={}", place.team_id);
            assert_eq!(client.get(&of_team).await.expect(200), json!([hook]));
        }
        refused(&host.anonymous().get(&path).await, 401);
        refused(&host.anonymous().delete(&path).await, 401);
        admin.delete(&path).await.expect(200);
    }
}

each_backend! {
    async fn a_hook_needs_a_channel_its_creator_may_use(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        let hook = json!({"channel_id": place.channel_id});
        refused(&anna.post(HOOKS, hook.clone()).await, 403);
        host.place(&anna).await;
        anna.post(HOOKS, hook.clone()).await.expect(201);
        let private = host.private_channel(&admin, &place.team_id, "secret").await;
        refused(&anna.post(HOOKS, json!({"channel_id": private["id"]})).await, 403);
        refused(&anna.post(HOOKS, json!({"channel_id": "kkkkkkkkkkkkkkkkkkkkkkkkkk"})).await, 404);
        refused(&anna.post(HOOKS, json!({"channel_id": "short"})).await, 400);
        refused(&host.anonymous().post(HOOKS, hook).await, 401);
        assert_eq!(admin.get(HOOKS).await.expect(200).as_array().map(Vec::len), Some(1));
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
                request[field] = Value::from("x".repeat(length));
                request
            };
            admin.post(HOOKS, with(limit)).await.expect(201);
            let error = refused(&admin.post(HOOKS, with(limit + 1)).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{error}");
        }
        assert_eq!(admin.get(HOOKS).await.expect(200).as_array().map(Vec::len), Some(4));
    }
}
