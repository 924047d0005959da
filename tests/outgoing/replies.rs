//! What receivers respond with becomes messages.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::receiver::Reply;
use super::{HOOKS, Scene, text};

/// Has the receiver respond to one post, and returns the posts that followed it.
async fn answered(scene: &Scene<'_>, settings: Value, reply: Reply) -> (Value, Vec<Value>) {
    let hook = scene.hook(settings).await;
    scene.receiver.answer([reply]);
    scene.post("x").await;
    let delivery = scene.until_tried(&hook, 1).await;
    let posts = scene.posts().await;
    assert_eq!(posts[0]["message"], "x");
    (delivery, posts[1..].to_vec())
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_055_a_text_becomes_a_post_of_the_hooks_creator(host: TestHost) {
        let scene = Scene::new(&host).await;
        let (_, posts) = answered(&scene, json!({}), Reply::json(200, &json!({"text": "hi"}))).await;
        assert_eq!(posts.len(), 1);
        assert_eq!((&posts[0]["message"], &posts[0]["root_id"]), (&json!("hi"), &json!("")));
        assert_eq!(posts[0]["user_id"], scene.admin.id());
        let props = json!({"from_webhook": "true", "override_username": "webhook", "webhook_display_name": "outdoor"});
        assert_eq!(posts[0]["props"], props);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_056_a_comment_is_a_reply_to_the_post_or_in_its_thread(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let comment = |text: &str| Reply::json(200, &json!({"text": text, "response_type": "comment"}));
        scene.receiver.answer([comment("one"), comment("two")]);
        let root = scene.post("x").await;
        scene.until_state(&hook, "delivered").await;
        scene.post_with(json!({"message": "reply", "root_id": root["id"]})).await;
        scene.until(&hook, |delivery| delivery["state"] == "delivered" && delivery["post_id"] != root["id"]).await;
        let posts = scene.posts().await;
        let shown: Vec<(&str, &str)> =
            posts.iter().map(|post| (text(&post["message"]), text(&post["root_id"]))).collect();
        let root = text(&root["id"]);
        assert_eq!(shown, [("x", ""), ("one", root), ("reply", root), ("two", root)]);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_057_the_text_of_a_failure_is_posted_too_but_only_once(host: TestHost) {
        let scene = Scene::new(&host).await;
        let again = Reply::json(200, &json!({"text": "again"}));
        let still = Reply::json(500, &json!({"text": "still"}));
        let (delivery, posts) = answered(&scene, json!({}), still).await;
        assert_eq!((posts.len(), &posts[0]["message"]), (1, &json!("still")));
        assert_eq!((&delivery["state"], &delivery["log"][0]["status"]), (&json!("waiting"), &json!(500)));
        scene.receiver.next().await;
        scene.receiver.answer([again]);
        host.clock.advance(std::time::Duration::from_secs(6));
        scene.receiver.next().await;
        let hook = json!({"id": delivery["hook_id"]});
        scene.until_state(&hook, "delivered").await;
        assert_eq!(scene.texts().await, ["x", "still"]);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_058_an_empty_response_is_no_message(host: TestHost) {
        let scene = Scene::new(&host).await;
        let (delivery, posts) = answered(&scene, json!({}), Reply::status(200)).await;
        assert_eq!((posts, &delivery["log"][0]["reason"]), (Vec::new(), &json!("")));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_059_a_response_that_is_no_json_is_no_message_and_says_why(host: TestHost) {
        let scene = Scene::new(&host).await;
        let (delivery, posts) = answered(&scene, json!({}), Reply::bytes(200, b"<html>\xff</html>".to_vec())).await;
        assert_eq!(posts, Vec::<Value>::new());
        assert_eq!(delivery["state"], "delivered");
        let log = &delivery["log"][0];
        assert!(text(&log["reason"]).starts_with("the response is not posted: "), "{log}");
        assert_eq!((&log["response"], &log["is_base64"]), (&json!("PGh0bWw+/zwvaHRtbD4="), &json!(true)));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_060_a_response_above_a_mebibyte_is_no_message(host: TestHost) {
        let scene = Scene::new(&host).await;
        let long = json!({"text": "ü".repeat(600_000)});
        let (delivery, posts) = answered(&scene, json!({}), Reply::json(200, &long)).await;
        assert_eq!(posts, Vec::<Value>::new());
        let log = &delivery["log"][0];
        assert!(text(&log["reason"]).starts_with("the response is longer than 1048576 bytes"), "{log}");
        // The first bytes are kept, up to a whole character.
        assert_eq!((text(&log["response"]).len(), &log["is_base64"]), (19_999, &json!(false)));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_response_has_the_name_and_picture_of_itself_or_its_hook(host: TestHost) {
        let scene = Scene::new(&host).await;
        let settings = json!({"username": "Builder", "icon_url": "https://i.test/hook.png"});
        let hook = scene.hook(settings).await;
        scene.receiver.answer([
            Reply::json(200, &json!({"text": "own", "username": "Own", "icon_url": "https://i.test/own.png"})),
            Reply::json(200, &json!({"text": "hook"})),
        ]);
        scene.post("one").await;
        scene.until_state(&hook, "delivered").await;
        let first = scene.deliveries(&hook).await[0]["id"].clone();
        scene.post("two").await;
        scene.until(&hook, |delivery| delivery["state"] == "delivered" && delivery["id"] != first).await;
        let posts = scene.posts().await;
        let shown = |at: usize| (&posts[at]["props"]["override_username"], &posts[at]["props"]["override_icon_url"]);
        assert_eq!(shown(1), (&json!("Own"), &json!("https://i.test/own.png")));
        assert_eq!(shown(3), (&json!("Builder"), &json!("https://i.test/hook.png")));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_response_to_an_archived_channel_is_no_message(host: TestHost) {
        let scene = Scene::new(&host).await;
        let channel = host.channel(&scene.admin, &scene.place.team_id, "old").await;
        let hook = scene.hook(json!({"channel_id": channel["id"]})).await;
        scene.receiver.answer([Reply::status(500), Reply::json(200, &json!({"text": "late"}))]);
        scene.post_with(json!({"channel_id": channel["id"], "message": "x"})).await;
        scene.until_tried(&hook, 1).await;
        scene.admin.delete(&format!("/api/v4/channels/{}", text(&channel["id"]))).await.expect(200);
        host.clock.advance(std::time::Duration::from_secs(6));
        scene.until_state(&hook, "delivered").await;
        let texts = crate::support::texts(&scene.admin, text(&channel["id"])).await;
        assert!(!texts.contains(&"late".to_owned()), "{texts:?}");
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn a_response_fires_no_hook(host: TestHost) {
        let scene = Scene::new(&host).await;
        let (_, posts) = answered(&scene, json!({}), Reply::json(200, &json!({"text": "hi"}))).await;
        assert_eq!(posts.len(), 1);
        let hooks = scene.admin.get(HOOKS).await.expect(200);
        assert_eq!(scene.deliveries(&hooks[0]).await.len(), 1);
    }
}
