//! Creating posts: texts and types, retries, priorities, threads and refusals.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{at, reply_to, say, texts};
use crate::support::{self, refused};

const POSTS: &str = "/api/v4/posts";

each_backend! {
    async fn a_post_is_by_the_caller_and_the_response_equals_a_later_read(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let request = json!({
            "channel_id": place.channel_id, "message": "hi", "user_id": admin.id(), "create_at": 1,
            "props": {
                "card": "c", "from_webhook": "true", "from_plugin": "true", "from_bot": "true",
                "override_username": "boss", "override_icon_url": "javascript:alert(1)", "override_icon_emoji": "tada",
                "add_channel_member": {"post_id": "x"},
            },
        });
        let post = anna.post(POSTS, request).await.expect(201);
        assert_eq!((&post["user_id"], &post["message"]), (&json!(anna.id()), &json!("hi")));
        assert_eq!((&post["type"], &post["root_id"]), (&json!(""), &json!("")));
        assert_eq!(post["create_at"], host.clock.now().as_millis());
        assert_eq!(post["props"], json!({"card": "c", "override_username": "boss", "override_icon_emoji": "tada"}));
        let id = post["id"].as_str().expect("a text");
        assert_eq!(admin.get(&format!("{POSTS}/{id}")).await.expect(200), post);
        assert_eq!(support::posts(&admin, &place.channel_id).await, [post]);
    }
}

each_backend! {
    async fn fact_111_null_fields_have_their_defaults(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let request = json!({
            "channel_id": place.channel_id, "message": "x", "root_id": null, "props": null, "type": null,
            "pending_post_id": null, "file_ids": null,
        });
        let post = admin.post(POSTS, request).await.expect(201);
        assert_eq!((&post["root_id"], &post["props"]), (&json!(""), &json!({})));
    }
}

each_backend! {
    async fn fact_112_only_the_first_post_of_a_thread_in_the_channel_is_a_root(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let other = host.channel(&admin, &place.team_id, "other").await;
        let root = say(&host, &admin, &place.channel_id, "root").await;
        let reply = reply_to(&host, &admin, &root, "reply").await;
        let elsewhere = say(&host, &admin, other["id"].as_str().expect("a text"), "elsewhere").await;
        for (id, error) in [
            (&reply["id"], "api.post.create_post.root_id.app_error"),
            (&elsewhere["id"], "api.post.create_post.channel_root_id.app_error"),
            (&json!("kkkkkkkkkkkkkkkkkkkkkkkkkk"), "api.post.create_post.root_id.app_error"),
        ] {
            let request = json!({"channel_id": place.channel_id, "root_id": id, "message": "x"});
            assert_eq!(refused(&admin.post(POSTS, request).await, 400)["id"], error);
        }
        assert_eq!(support::texts(&admin, &place.channel_id).await, ["root", "reply"]);
    }
}

each_backend! {
    async fn fact_114_a_post_over_the_limit_is_refused_and_not_split(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        say(&host, &admin, &place.channel_id, &"ä".repeat(16_383)).await;
        let request = json!({"channel_id": place.channel_id, "message": "ä".repeat(16_384)});
        assert_eq!(refused(&admin.post(POSTS, request).await, 400)["id"], "model.post.is_valid.msg.app_error");
        assert_eq!(support::posts(&admin, &place.channel_id).await.len(), 1);
    }
}

each_backend! {
    async fn an_empty_post_or_a_system_message_is_refused(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        for (field, value) in
            [("message", json!("")), ("message", json!(" \n")), ("type", json!("system_join"))]
        {
            let mut request = json!({"channel_id": place.channel_id, "message": "x"});
            request[field] = value;
            let error = refused(&admin.post(POSTS, request).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{error}");
        }
        let attachments = json!({"channel_id": place.channel_id, "props": {"attachments": [{"text": "a"}]}});
        let post = admin.post(POSTS, attachments).await.expect(201);
        assert_eq!(post["props"]["attachments"][0]["text"], "a");
    }
}

each_backend! {
    async fn a_post_has_a_known_or_a_custom_type(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let longest = format!("custom_{}", "x".repeat(19));
        let request = |kind: &str| json!({"channel_id": place.channel_id, "message": "x", "type": kind});
        for kind in ["", "slack_attachment", "custom_", &longest] {
            assert_eq!(admin.post(POSTS, request(kind)).await.expect(201)["type"], kind);
        }
        for kind in ["x", "Custom_x", "custom", " ", &format!("{longest}x"), &"x".repeat(100_000)] {
            let error = refused(&admin.post(POSTS, request(kind)).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains("type")), "{error}");
        }
        assert_eq!(support::posts(&admin, &place.channel_id).await.len(), 4);
    }
}

each_backend! {
    async fn fact_111_a_null_root_is_no_root(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let request = json!({
            "channel_id": place.channel_id, "message": "hi", "root_id": null, "props": null, "metadata": null,
            "pending_post_id": null, "create_at": null, "file_ids": null, "type": null,
        });
        let post = anna.post("/api/v4/posts?set_online=false", request).await.expect(201);
        assert_eq!(post["root_id"], "");
    }
}

each_backend! {
    async fn fact_112_a_reply_cannot_be_a_root(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let reply = reply_to(&host, &anna, &root, "reply").await;
        let request = json!({"channel_id": place.channel_id, "message": "x", "root_id": reply["id"]});
        anna.post("/api/v4/posts", request).await.expect(400);
    }
}

each_backend! {
    async fn fact_113_a_post_sent_twice_is_one_post(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let request = |text: &str| {
            json!({"channel_id": place.channel_id, "message": text, "pending_post_id": "anna:1"})
        };
        let first = anna.post("/api/v4/posts", request("once")).await.expect(201);
        host.clock.advance(Duration::from_secs(29));
        assert_eq!(anna.post("/api/v4/posts", request("twice")).await.expect(201), first);
        // Pending ids of different accounts are distinct.
        let his = bob.post("/api/v4/posts", request("his")).await.expect(201);
        assert_ne!(his["id"], first["id"]);
        host.clock.advance(Duration::from_secs(2));
        let later = anna.post("/api/v4/posts", request("later")).await.expect(201);
        assert_ne!(later["id"], first["id"]);
        let list = anna.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await.expect(200);
        assert_eq!(texts(&list), ["later", "his", "once"]);
    }
}

each_backend! {
    async fn a_post_sent_many_times_concurrently_is_one_post(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let request = json!({"channel_id": place.channel_id, "message": "once", "pending_post_id": "anna:2"});
        let sent = (0..12).map(|_| {
            let (anna, request) = (anna.clone(), request.clone());
            async move { anna.post("/api/v4/posts", request).await.expect(201) }
        });
        let made = futures_util::future::join_all(sent).await;
        let mut ids: Vec<_> = made.iter().map(|post| post["id"].clone()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1);
        let list = anna.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await.expect(200);
        assert_eq!(texts(&list), ["once"]);
        let channel = anna.get(&format!("/api/v4/channels/{}", place.channel_id)).await.expect(200);
        assert_eq!(channel["total_msg_count"], 1);
    }
}

each_backend! {
    async fn fact_114_a_post_has_at_most_16383_characters(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let request = |length| json!({"channel_id": place.channel_id, "message": "ä".repeat(length)});
        anna.post("/api/v4/posts", request(16_383)).await.expect(201);
        anna.post("/api/v4/posts", request(16_384)).await.expect(400);
    }
}

each_backend! {
    async fn a_priority_is_stored_and_returned(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let request = |priority: &str, root: &str| {
            json!({
                "channel_id": place.channel_id, "message": "!", "root_id": root,
                "metadata": {"priority": {"priority": priority, "requested_ack": false}},
            })
        };
        for priority in ["urgent", "important", "standard"] {
            let post = anna.post("/api/v4/posts", request(priority, "")).await.expect(201);
            let expected = json!({"priority": priority, "requested_ack": false, "persistent_notifications": null});
            assert_eq!(post["metadata"], json!({"priority": expected}));
            assert_eq!(anna.get(&at(&post)).await.expect(200), post);
            anna.post("/api/v4/posts", request(priority, super::id(&post))).await.expect(400);
        }
        anna.post("/api/v4/posts", request("loud", "")).await.expect(400);
        let mut acknowledged = request("urgent", "");
        acknowledged["metadata"]["priority"]["requested_ack"] = json!(true);
        anna.post("/api/v4/posts", acknowledged).await.expect(501);
    }
}

each_backend! {
    async fn only_administrators_set_when_a_post_was_made(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&anna).await;
        let request = json!({"channel_id": place.channel_id, "message": "old", "create_at": 1_000});
        assert_eq!(admin.post("/api/v4/posts", request.clone()).await.expect(201)["create_at"], 1_000);
        let now = host.clock.now().as_millis();
        assert_eq!(anna.post("/api/v4/posts", request).await.expect(201)["create_at"], now);
    }
}

each_backend! {
    async fn users_cannot_set_the_props_that_name_the_speaker(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let props = json!({
            "from_webhook": "true", "from_plugin": "true", "from_bot": "true", "plugin_id": "forged",
            "webhook_display_name": "forged", "card": "kept",
        });
        let request = json!({"channel_id": place.channel_id, "message": "x", "props": props});
        let post = anna.post("/api/v4/posts", request).await.expect(201);
        assert_eq!(post["props"], json!({"card": "kept"}));
        let edited = anna.put(&format!("{}/patch", at(&post)), json!({"props": props})).await.expect(200);
        assert_eq!(edited["props"], json!({"card": "kept"}));
    }
}

each_backend! {
    async fn fact_089_the_address_of_a_button_is_not_returned(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let mut socket = host.socket(&anna).await;
        let action = json!({"id": "go", "name": "Go", "integration": {"url": "https://example.org", "context": {}}});
        let props = json!({"attachments": [{"text": "a", "actions": [action, 1]}, null]});
        let request = json!({"channel_id": place.channel_id, "message": "", "props": props});
        let post = anna.post("/api/v4/posts", request).await.expect(201);
        let shown = json!([{
            "id": 0, "fallback": "", "color": "", "pretext": "", "author_name": "", "author_link": "",
            "author_icon": "", "title": "", "title_link": "", "text": "a", "fields": null, "image_url": "",
            "thumb_url": "", "footer": "", "footer_icon": "", "ts": null,
            "actions": [{"id": "go", "name": "Go"}, 1],
        }]);
        assert_eq!(post["props"]["attachments"], shown);
        assert_eq!(anna.get(&at(&post)).await.expect(200)["props"]["attachments"], shown);
        let published = socket.event("posted").await["data"]["post"].as_str().unwrap().to_owned();
        assert!(!published.contains("integration"), "{published}");
    }
}

each_backend! {
    async fn unusual_posts_do_not_break_the_server(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let odd = [
            json!({"message": "a\u{0}b"}),
            json!({"message": "x", "props": {"a": "\u{0}"}}),
            json!({"message": "x", "pending_post_id": "\u{0}"}),
            json!({"message": "x", "pending_post_id": "x".repeat(200)}),
            json!({"message": "x", "root_id": "short"}),
            json!({"message": "x", "type": "system_join"}),
        ];
        for mut post in odd {
            post["channel_id"] = json!(place.channel_id);
            anna.post("/api/v4/posts", post).await.expect(400);
        }
    }
}
