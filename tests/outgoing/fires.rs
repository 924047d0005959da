//! Which posts fire a hook.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{Scene, text};

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_044_the_first_word_fires_a_hook_and_is_reported(host: TestHost) {
        let scene = Scene::new(&host).await;
        scene.hook(json!({"trigger_words": ["#build"]})).await;
        scene.post("#build now").await;
        assert_eq!(scene.receiver.next().await.field("trigger_word"), "#build");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_045_a_word_elsewhere_fires_nothing(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({"trigger_words": ["#build"]})).await;
        scene.post("please #build").await;
        scene.assert_silent(&hook).await;
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_046_the_beginning_of_the_first_word_fires_if_the_hook_says_so(host: TestHost) {
        let scene = Scene::new(&host).await;
        scene.hook(json!({"trigger_words": ["gif"], "trigger_when": 1})).await;
        scene.post("gifs cat").await;
        assert_eq!(scene.receiver.next().await.field("trigger_word"), "gif");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_047_a_word_in_other_case_fires_nothing(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({"trigger_words": ["Build"]})).await;
        scene.post("build").await;
        scene.assert_silent(&hook).await;
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_048_a_post_of_files_alone_fires_a_hook_of_the_channel(host: TestHost) {
        let scene = Scene::new(&host).await;
        scene.hook(json!({})).await;
        let path = format!("/api/v4/files?channel_id={}&filename=a.txt", scene.place.channel_id);
        let file = scene.admin.post_raw(&path, Some("application/octet-stream"), "hello").await.expect(201);
        let file = text(&file["file_infos"][0]["id"]).to_owned();
        scene.post_with(json!({"message": "", "file_ids": [file]})).await;
        let arrived = scene.receiver.next().await;
        assert_eq!((arrived.field("file_ids"), arrived.field("text")), (file, String::new()));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_049_posts_of_private_and_direct_channels_fire_nothing(host: TestHost) {
        let scene = Scene::new(&host).await;
        let anna = host.user("anna").await;
        let hook = scene.hook(json!({"channel_id": "", "trigger_words": ["go"]})).await;
        let private = host.private_channel(&scene.admin, &scene.place.team_id, "secret").await;
        let direct = scene.admin.post("/api/v4/channels/direct", json!([scene.admin.id(), anna.id()])).await;
        for channel in [private, direct.expect(201)] {
            scene.post_with(json!({"channel_id": channel["id"], "message": "go"})).await;
        }
        scene.assert_silent(&hook).await;
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_050_a_post_of_an_incoming_webhook_fires_nothing(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let incoming = json!({"channel_id": scene.place.channel_id});
        let incoming = scene.admin.post("/api/v4/hooks/incoming", incoming).await.expect(201);
        let path = format!("/hooks/{}", text(&incoming["id"]));
        assert_eq!(host.anonymous().post(&path, json!({"text": "from a hook"})).await.status, 200);
        scene.assert_silent(&hook).await;
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_051_a_post_of_a_bot_fires(host: TestHost) {
        let scene = Scene::new(&host).await;
        scene.hook(json!({})).await;
        let bot = json!({"username": "bot", "display_name": "B"});
        let bot = scene.admin.post("/api/v4/bots", bot).await.expect(201)["user_id"].clone();
        for path in ["teams", "channels"] {
            let (place, key) = match path {
                "teams" => (&scene.place.team_id, "team_id"),
                _ => (&scene.place.channel_id, "channel_id"),
            };
            let member = json!({"user_id": bot, key: place});
            scene.admin.post(&format!("/api/v4/{path}/{place}/members"), member).await.expect(201);
        }
        let tokens = format!("/api/v4/users/{}/tokens", text(&bot));
        let token = scene.admin.post(&tokens, json!({"description": "t"})).await.expect(200);
        let request = json!({"channel_id": scene.place.channel_id, "message": "by a bot"}).to_string();
        let bearer = format!("Bearer {}", text(&token["token"]));
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        host.anonymous().request("POST", "/api/v4/posts", &headers, request).await.expect(201);
        let arrived = scene.receiver.next().await;
        assert_eq!((arrived.field("user_id"), arrived.field("user_name")), (text(&bot).to_owned(), "bot".to_owned()));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn messages_of_the_server_edits_and_ephemeral_posts_fire_nothing(host: TestHost) {
        let scene = Scene::new(&host).await;
        let post = scene.post("before the hook").await;
        let hook = scene.hook(json!({})).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let path = format!("/api/v4/posts/{}", text(&post["id"]));
        scene.admin.put(&format!("{path}/patch"), json!({"message": "edited"})).await.expect(200);
        let ephemeral = json!({"channel_id": scene.place.channel_id, "message": "psst"});
        let ephemeral = json!({"user_id": anna.id(), "post": ephemeral});
        scene.admin.post("/api/v4/posts/ephemeral", ephemeral).await.expect(201);
        scene.admin.delete(&path).await.expect(200);
        scene.assert_silent(&hook).await;
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_hook_of_no_channel_fires_in_each_public_channel_of_its_team_alone(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({"channel_id": "", "trigger_words": ["go"]})).await;
        let other = host.team(&scene.admin, "other").await;
        let other = host.channel(&scene.admin, text(&other["id"]), "elsewhere").await;
        scene.post_with(json!({"channel_id": other["id"], "message": "go"})).await;
        scene.assert_silent(&hook).await;
        let channel = host.channel(&scene.admin, &scene.place.team_id, "second").await;
        scene.post_with(json!({"channel_id": channel["id"], "message": "go there"})).await;
        let arrived = scene.receiver.next().await;
        assert_eq!((arrived.field("channel_name"), arrived.field("text")), ("second".into(), "go there".into()));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_hook_fires_from_its_creation_to_its_deletion(host: TestHost) {
        let scene = Scene::new(&host).await;
        // The server knows now that the team has no hooks.
        scene.post("before").await;
        let hook = scene.hook(json!({})).await;
        scene.post("first").await;
        assert_eq!(scene.receiver.next().await.field("text"), "first");
        let path = format!("{}/{}", super::HOOKS, text(&hook["id"]));
        scene.admin.put(&path, scene.request(json!({"trigger_words": ["go"]}))).await.expect(200);
        scene.post("second").await;
        scene.post("go on").await;
        assert_eq!(scene.receiver.next().await.field("text"), "go on");
        scene.admin.delete(&path).await.expect(200);
        scene.post("go away").await;
        let other = scene.hook(json!({"callback_urls": [scene.receiver.url("/other")]})).await;
        scene.post("last").await;
        let arrived = scene.receiver.next().await;
        assert_eq!((arrived.path.as_str(), arrived.field("text")), ("/other", "last".to_owned()));
        assert_eq!(scene.deliveries(&other).await.len(), 1);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config); config.hooks.outgoing = false; }
    async fn a_server_without_outgoing_webhooks_answers_501_and_sends_nothing(host: TestHost) {
        let scene = Scene::new(&host).await;
        let refused = scene.admin.post(super::HOOKS, scene.request(json!({}))).await;
        assert_eq!((refused.status, &refused.json()["id"]), (501, &json!("api.outgoing_webhook.disabled.app_error")));
        let none: Vec<Value> = Vec::new();
        assert_eq!(scene.posts().await, none);
    }
}
