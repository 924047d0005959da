//! Bots: creating and managing them, and their permissions.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const BOTS: &str = "/api/v4/bots";

async fn made(by: &TestClient, name: &str) -> Value {
    by.post(BOTS, json!({"username": name, "display_name": "The Bot", "description": "posts things"}))
        .await
        .expect(201)
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|bot| bot["username"].as_str().unwrap()).collect()
}

each_backend! {
    async fn a_bot_posts_with_its_token(host: TestHost) {
        let admin = host.admin().await;
        let bot = made(&admin, "Helper").await;
        let now = host.clock.now().as_millis();
        assert_eq!(bot, json!({
            "user_id": bot["user_id"], "username": "helper", "display_name": "The Bot", "description": "posts things",
            "owner_id": admin.id(), "create_at": now, "update_at": now, "delete_at": 0,
        }));
        let id = bot["user_id"].as_str().unwrap();
        let user = admin.get(&format!("/api/v4/users/{id}")).await.expect(200);
        assert_eq!((&user["is_bot"], &user["first_name"]), (&json!(true), &json!("The Bot")));
        let token = admin.post(&format!("/api/v4/users/{id}/tokens"), json!({"description": "t"})).await.expect(200);
        let helper = admin.with_token(token["token"].as_str().unwrap());
        assert_eq!(helper.get("/api/v4/users/me").await.expect(200)["id"], id);
        let place = host.place(&admin).await;
        let member = json!({"team_id": place.team_id, "user_id": id});
        admin.post(&format!("/api/v4/teams/{}/members", place.team_id), member).await.expect(201);
        let post = helper.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": "hi"})).await.expect(201);
        assert_eq!((&post["user_id"], &post["props"]["from_bot"]), (&json!(id), &json!("true")));
        let whisper = json!({"user_id": admin.id(), "post": {
            "channel_id": place.channel_id, "message": "psst", "pending_post_id": "p:1", "props": {"from_bot": "no"},
        }});
        let mut socket = host.socket(&admin).await;
        let heard = helper.post("/api/v4/posts/ephemeral", whisper).await.expect(201);
        assert_eq!((&heard["type"], &heard["pending_post_id"]), (&json!("system_ephemeral"), &json!("")));
        assert_eq!((&heard["user_id"], &heard["props"]["from_bot"]), (&json!(id), &json!("true")));
        let event = socket.event("ephemeral_message").await;
        let delivered: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!(delivered, heard);
        let login = json!({"login_id": "helper", "password": "x"});
        refused(&host.anonymous().post("/api/v4/users/login", login).await, 401);
    }
}

each_backend! {
    async fn members_make_no_bots_by_default(host: TestHost) {
        let anna = host.user("anna").await;
        refused(&anna.post(BOTS, json!({"username": "helper"})).await, 403);
        let admin = host.admin().await;
        for wrong in [json!({}), json!({"username": "a b"}), json!({"username": "x", "description": "x".repeat(1025)})] {
            refused(&admin.post(BOTS, wrong).await, 400);
        }
        refused(&admin.post(BOTS, json!({"username": "anna"})).await, 400);
    }
}

each_backend! {
    with |config| { config.access.bot_creation = jackfield::config::Creators::Members; }
    async fn only_its_owner_and_administrators_manage_a_bot(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let bot = made(&anna, "helper").await;
        let path = format!("{BOTS}/{}", bot["user_id"].as_str().unwrap());
        refused(&bob.get(&path).await, 404);
        refused(&bob.put(&path, json!({"description": "mine"})).await, 404);
        refused(&bob.post(&format!("{path}/disable"), json!({})).await, 404);
        let tokens = format!("/api/v4/users/{}/tokens", bot["user_id"].as_str().unwrap());
        refused(&bob.post(&tokens, json!({"description": "t"})).await, 403);
        assert_eq!(anna.get(&path).await.expect(200), bot);
        assert_eq!(ids(&bob.get(BOTS).await.expect(200)), [""; 0]);
        assert_eq!(ids(&admin.get(BOTS).await.expect(200)), ["helper"]);
        let changed = anna.put(&path, json!({"description": "new", "display_name": null})).await.expect(200);
        assert_eq!((&changed["description"], &changed["display_name"]), (&json!("new"), &json!("The Bot")));
        anna.post(&tokens, json!({"description": "t"})).await.expect(200);
        let given = anna.post(&format!("{path}/assign/{}", bob.id()), json!({})).await.expect(200);
        assert_eq!(given["owner_id"], bob.id());
        refused(&anna.get(&path).await, 404);
        assert_eq!(bob.get(&path).await.expect(200), given);
        let itself = format!("{path}/assign/{}", bot["user_id"].as_str().unwrap());
        refused(&bob.post(&itself, json!({})).await, 400);
    }
}

each_backend! {
    async fn a_disabled_bot_cannot_post_and_is_listed_on_request(host: TestHost) {
        let admin = host.admin().await;
        let bot = made(&admin, "helper").await;
        let id = bot["user_id"].as_str().unwrap();
        let token = admin.post(&format!("/api/v4/users/{id}/tokens"), json!({"description": "t"})).await.expect(200);
        let helper = admin.with_token(token["token"].as_str().unwrap());
        let disabled = admin.post(&format!("{BOTS}/{id}/disable"), json!({})).await.expect(200);
        assert_eq!(disabled["delete_at"], host.clock.now().as_millis());
        refused(&helper.get("/api/v4/users/me").await, 401);
        assert_eq!(ids(&admin.get(BOTS).await.expect(200)), [""; 0]);
        assert_eq!(ids(&admin.get(&format!("{BOTS}?include_deleted=true")).await.expect(200)), ["helper"]);
        let enabled = admin.post(&format!("{BOTS}/{id}/enable"), json!({})).await.expect(200);
        assert_eq!(enabled["delete_at"], 0);
        helper.get("/api/v4/users/me").await.expect(200);
    }
}

each_backend! {
    async fn deactivating_an_owner_disables_and_orphans_their_bots(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let bot = made(&admin, "helper").await;
        let path = format!("{BOTS}/{}", bot["user_id"].as_str().unwrap());
        admin.post(&format!("{path}/assign/{}", anna.id()), json!({})).await.expect(200);
        let orphans = format!("{BOTS}?only_orphaned=true&include_deleted=true");
        assert_eq!(ids(&admin.get(&orphans).await.expect(200)), [""; 0]);
        admin.delete(&format!("/api/v4/users/{}", anna.id())).await.expect(200);
        refused(&admin.get(&path).await, 404);
        let stopped = admin.get(&format!("{path}?include_deleted=true")).await.expect(200);
        assert_eq!(stopped["delete_at"], host.clock.now().as_millis());
        assert_eq!(ids(&admin.get(&orphans).await.expect(200)), ["helper"]);
    }
}

each_backend! {
    async fn the_bots_of_an_account_that_becomes_a_guest_stop(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let bot = made(&admin, "helper").await;
        let id = bot["user_id"].as_str().unwrap();
        let (path, tokens) = (format!("{BOTS}/{id}"), format!("/api/v4/users/{id}/tokens"));
        admin.post(&format!("{path}/assign/{}", anna.id()), json!({})).await.expect(200);
        let token = anna.post(&tokens, json!({"description": "t"})).await.expect(200);
        let helper = anna.with_token(token["token"].as_str().unwrap());
        let mut socket = host.socket(&helper).await;
        admin.post(&format!("/api/v4/users/{}/demote", anna.id()), json!({})).await.expect(200);
        refused(&helper.get("/api/v4/users/me").await, 401);
        // Events may come before the end.
        while socket.frame().await.is_some() {}
        refused(&anna.get(BOTS).await, 403);
        refused(&anna.get(&path).await, 404);
        refused(&anna.post(&tokens, json!({"description": "t"})).await, 403);
        refused(&anna.post(&format!("{path}/enable"), json!({})).await, 404);
        // Not even an administrator starts a guest's bot, by whichever address.
        refused(&admin.post(&format!("{path}/enable"), json!({})).await, 400);
        refused(&admin.put(&format!("/api/v4/users/{id}/active"), json!({"active": true})).await, 400);
        let other = made(&admin, "other").await;
        let assign = format!("{BOTS}/{}/assign/{}", other["user_id"].as_str().unwrap(), anna.id());
        refused(&admin.post(&assign, json!({})).await, 400);
        admin.post(&format!("/api/v4/users/{}/promote", anna.id()), json!({})).await.expect(200);
        refused(&helper.get("/api/v4/users/me").await, 401);
        anna.post(&format!("{path}/enable"), json!({})).await.expect(200);
        helper.get("/api/v4/users/me").await.expect(200);
    }
}

each_backend! {
    async fn bots_are_listed_for_those_who_may_make_them(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let bot = made(&admin, "helper").await;
        let assign = format!("{BOTS}/{}/assign/{}", bot["user_id"].as_str().unwrap(), anna.id());
        admin.post(&assign, json!({})).await.expect(200);
        for all in ["", "?include_deleted=true"] {
            refused(&anna.get(&format!("{BOTS}{all}")).await, 403);
        }
        assert_eq!(ids(&admin.get(BOTS).await.expect(200)), ["helper"]);
    }
}

each_backend! {
    async fn a_plugins_account_is_a_bot_without_an_owner(host: TestHost) {
        let admin = host.admin().await;
        host.install(&admin, "dice").await;
        let bots = admin.get(BOTS).await.expect(200);
        assert_eq!((ids(&bots), &bots[0]["owner_id"]), (vec!["dice"], &json!("")));
        refused(&host.user("anna").await.get(&format!("{BOTS}/{}", bots[0]["user_id"].as_str().unwrap())).await, 404);
    }
}

each_backend! {
    async fn a_new_bot_greets_its_maker(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        let bot = made(&admin, "helper").await;
        let mut frames = Vec::new();
        while frames.last().is_none_or(|frame: &Value| frame["event"] != "posted") {
            frames.push(socket.frame().await.expect("an event"));
        }
        assert!(frames.iter().any(|frame| frame["event"] == "direct_added"), "{frames:?}");
        let channel = frames.last().expect("an event")["broadcast"]["channel_id"].clone();
        let direct = admin.post("/api/v4/channels/direct", json!([admin.id(), bot["user_id"]])).await.expect(201);
        assert_eq!(direct["id"], channel);
        let posts = crate::support::posts(&admin, channel.as_str().expect("a text")).await;
        assert_eq!(posts.len(), 1);
        assert_eq!((&posts[0]["user_id"], &posts[0]["type"]), (&bot["user_id"], &json!("add_bot_teams_channels")));
        assert_eq!(posts[0]["props"]["from_bot"], "true");
    }
}
